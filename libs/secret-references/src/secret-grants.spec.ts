import fc from 'fast-check';
import { isGranted, secretGrantsSchema } from './secret-grants';
import { malformedParts, type SecretLocator } from '@gatehouse/kernel';

const list = secretGrantsSchema.parse({
  org_a: {
    environment: ['OPENAI_KEY', 'TEAM_A_*'],
    file: ['/run/secrets/team-a/*', '/etc/one.key'],
    'aws-secrets-manager': ['eu-central-1:team-a/*'],
    'hashicorp-vault': ['secret/team-a/*'],
  },
  org_b: { file: ['/run/secrets/team-b/*'] },
});

const isFine = (locator: SecretLocator): boolean => malformedParts(locator).length === 0;
const variable = (name: string): SecretLocator => ({ kind: 'environment', variable: name });
const file = (path: string): SecretLocator => ({ kind: 'file', path });
const aws = (region: string, name: string): SecretLocator => ({ kind: 'aws-secrets-manager', region, name });
const vault = (mount: string, path: string): SecretLocator => ({ kind: 'hashicorp-vault', mount, path });

describe('what the operator grants', () => {
  test.each([
    variable('OPENAI_KEY'),
    variable('TEAM_A_KEY'),
    file('/run/secrets/team-a/openai'),
    file('/etc/one.key'),
    aws('eu-central-1', 'team-a/openai'),
    vault('secret', 'team-a/openai'),
  ])('%j is what it says', (locator) => {
    expect(isGranted(list, 'org_a', locator)).toBe(true);
    expect(isGranted(list, 'org_b', locator)).toBe(false);
    expect(isGranted(list, 'org_c', locator)).toBe(false);
  });

  test.each([
    variable('OPENAI_KEY2'),
    variable('openai_key'),
    variable('TEAM_B_KEY'),
    file('/run/secrets/team-b/openai'),
    file('/run/secrets/team-a'),
    file('/etc/one.key2'),
    aws('us-east-1', 'team-a/openai'),
    aws('eu-central-1', 'team-b/openai'),
    vault('secret', 'team-b/openai'),
    vault('other', 'team-a/openai'),
    // The same address at another manager.
    file('OPENAI_KEY'),
  ])('%j is more than it says', (locator) => expect(isGranted(list, 'org_a', locator)).toBe(false));

  test('an organization by the name of a property of objects has nothing', () => {
    expect(isGranted(list, 'constructor', variable('OPENAI_KEY'))).toBe(false);
    expect(isGranted(list, '__proto__', variable('OPENAI_KEY'))).toBe(false);
  });

  test.each([
    ['everything', { org_a: { file: ['*'] } }],
    ['a star in the middle', { org_a: { file: ['/run/*/key'] } }],
    ['a manager that is none', { org_a: { files: ['/run/key'] } }],
    ['an empty address', { org_a: { file: [''] } }],
  ])('a list that grants %s is refused', (_what, given) => {
    expect(secretGrantsSchema.safeParse(given).success).toBe(false);
  });
});

describe('a locator', () => {
  test.each([
    variable('A-B'),
    variable(''),
    variable('A\0'),
    file('run/secrets/a'),
    file('/run/secrets/../vault.key'),
    file('/run/./a'),
    file('/run//a'),
    file('/run/a/'),
    file('/run/%2e%2e/a'),
    file('/run/a\0'),
    file('/'),
    aws('eu-central-1', 'arn:aws:secretsmanager:eu-central-1:1:secret:a'),
    aws('eu-central-1.evil.example/', 'a'),
    aws('eu-central-1', ''),
    vault('secret', '../sys/keys'),
    vault('secret', 'a/%2e%2e/b'),
    vault('secret', 'a?version=1'),
    vault('secret', 'a#b'),
    vault('', 'a'),
    vault('sys/..', 'a'),
  ])('%j leads elsewhere', (locator) => expect(isFine(locator)).toBe(false));

  test('whose path is well formed means the same path to a URL', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 }), (mount, path) => {
        const locator = vault(mount, path);
        const { pathname } = new URL(`https://vault.example/v1/${mount}/data/${path}`);
        return malformedParts(locator).length > 0 || pathname === `/v1/${mount}/data/${path}`;
      }),
      { numRuns: 2_000 },
    );
    expect(isFine(vault('kv/team', 'a/b_c.d-e'))).toBe(true);
    expect(isFine(file('/run/secrets/..data/key'))).toBe(true);
  });
});
