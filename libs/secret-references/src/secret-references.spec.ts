import { AppError, FixedClock } from '@gatehouse/kernel';
import { TokenCache } from '@gatehouse/provider-auth';
import { ProcessSeal } from '@gatehouse/sealing';
import { inspect } from 'node:util';
import type { SecretGrants } from './secret-grants';
import type { SecretLocator } from '@gatehouse/kernel';
import { SecretReferences } from './secret-references';

const ORG = 'org_a';
const locator: SecretLocator = { kind: 'hashicorp-vault', mount: 'secret', path: 'team-a/openai' };
const granting = (...addresses: string[]): SecretGrants => ({
  [ORG]: { environment: [], file: [], 'aws-secrets-manager': [], 'hashicorp-vault': addresses },
});
const clock = new FixedClock(new Date('2026-01-01T00:00:00Z'));
const read = jest.fn<Promise<string>, [SecretLocator]>();
const seal = new ProcessSeal();
const referencesWith = (grants: SecretGrants): SecretReferences =>
  new SecretReferences({
    grants,
    sources: { 'hashicorp-vault': { read } },
    cache: new TokenCache(clock, seal),
    seal,
    clock,
  });
let references: SecretReferences;

beforeEach(() => {
  read.mockReset().mockResolvedValue('{"key":"sk-1","number":1,"empty":"","broken":"a\\nb"}');
  references = referencesWith(granting('secret/team-a/*'));
});

describe('a secret reference', () => {
  test('yields the member that it names, read once for minutes and for all who wait', async () => {
    const all = await Promise.all([1, 2, 3].map(() => references.secret(ORG, locator, 'key')));
    expect(all).toEqual(['sk-1', 'sk-1', 'sk-1']);
    expect(read).toHaveBeenCalledTimes(1);
    clock.advance(4 * 60_000);
    await references.secret(ORG, locator, 'key');
    expect(read).toHaveBeenCalledTimes(1);
    clock.advance(2 * 60_000);
    await references.secret(ORG, locator, 'key');
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('yields the whole where no member is named', async () => {
    read.mockResolvedValue('sk-2');
    expect(await references.secret(ORG, locator, '')).toBe('sk-2');
  });

  test('reaches nothing that was not granted, kept or not, and asks nobody for it', async () => {
    await references.secret(ORG, locator, 'key');
    const denied = { code: 'FORBIDDEN', reason: 'SECRET_NOT_GRANTED' };
    await expect(references.secret('org_b', locator, 'key')).rejects.toMatchObject(denied);
    const others = { ...locator, path: 'team-b/openai' };
    await expect(references.secret(ORG, others, 'key')).rejects.toMatchObject(denied);
    const detour = { ...locator, path: 'team-a/../team-b/openai' };
    await expect(references.secret(ORG, detour, 'key')).rejects.toMatchObject(denied);
    await expect(referencesWith({}).secret(ORG, locator, 'key')).rejects.toMatchObject(denied);
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('of a manager that is not configured is not to be had', async () => {
    const grants = { [ORG]: { ...granting()[ORG], environment: ['KEY'] } } as SecretGrants;
    await expect(
      referencesWith(grants).secret(ORG, { kind: 'environment', variable: 'KEY' }, ''),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'SECRET_MANAGER_UNAVAILABLE' });
  });

  test.each(['missing', 'number', 'empty', 'broken', 'toString', '__proto__'])(
    'whose member is no credential is refused: %s',
    (member) =>
      expect(references.secret(ORG, locator, member)).rejects.toMatchObject({ reason: 'SECRET_UNUSABLE' }),
  );

  test('goes on for two minutes while its manager is away, and ends at once when it is refused', async () => {
    await references.secret(ORG, locator, 'key');
    clock.advance(5.5 * 60_000);
    read.mockRejectedValue(new AppError('UNAVAILABLE', 'SECRET_MANAGER_UNAVAILABLE'));
    expect(await references.secret(ORG, locator, 'key')).toBe('sk-1');
    clock.advance(2 * 60_000);
    await expect(references.secret(ORG, locator, 'key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    read.mockResolvedValue('{"key":"sk-3"}');
    expect(await references.secret(ORG, locator, 'key')).toBe('sk-3');
    clock.advance(5.5 * 60_000);
    read.mockRejectedValue(new AppError('REFUSED', 'SECRET_NOT_FOUND'));
    await expect(references.secret(ORG, locator, 'key')).rejects.toMatchObject({ code: 'REFUSED' });
  });

  test('is read anew once a provider did not take it', async () => {
    await references.secret(ORG, locator, 'key');
    read.mockResolvedValue('{"key":"sk-4"}');
    references.forget(locator);
    expect(await references.secret(ORG, locator, 'key')).toBe('sk-4');
  });

  test('shows nothing of its value where it is kept, nor in an error', async () => {
    await references.secret(ORG, locator, 'key');
    expect(inspect(references, { depth: Infinity, showHidden: true })).not.toContain('sk-1');
    const error: unknown = await references
      .secret(ORG, locator, 'missing')
      .catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('sk-1');
  });
});
