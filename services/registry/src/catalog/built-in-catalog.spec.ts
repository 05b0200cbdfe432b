import { AppError, type FieldViolation } from '@gatehouse/kernel';
import { DIALECT_NAMES, isServed as isServedDialect } from '@gatehouse/offering';
import { selfHostedQuirks } from '@gatehouse/offering-messages/testing';
import { DIALECT, toProtoQuirks } from '../adapters/grpc/provider-conversion';
import {
  calledDialect,
  type FormField,
  isSelfHosted,
  isServed,
  openFieldsOf,
  type Provider,
  secretFieldsOf,
} from '../domain/integration/provider';
import { RegistryInMemory } from '../testing/registry-in-memory';
import { BuiltInCatalog } from './built-in-catalog';

const catalog = new BuiltInCatalog();
const rows = catalog.list().map((provider) => [provider.name, provider] as const);

/** Values that forms with a pattern take. */
const SAMPLES: Readonly<Record<string, string>> = {
  fingerprint: Array.from({ length: 16 }, () => '0f').join(':'),
};
const sampleOf = ({ name }: FormField): [string, string] => [name, SAMPLES[name] ?? 'some-value-1'];

const HOST = 'https://models.example/v1';

/** What an admin gives who fills in the whole form, or only what is required. */
const filled = (provider: Provider, which: (field: FormField) => boolean = () => true) => ({
  provider: provider.name,
  credential: new Map(secretFieldsOf(provider).filter(which).map(sampleOf)),
  fields: new Map(openFieldsOf(provider).filter(which).map(sampleOf)),
  customHost: provider.customHost === 'required' ? HOST : '',
});

describe('the built-in catalog', () => {
  test('is in order of name, which pages rest on, each name once', () => {
    const names = catalog.list().map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
  });

  test('has the providers of the field, and says which of them can be called', () => {
    expect(rows.length).toBeGreaterThanOrEqual(85);
    expect(catalog.list().filter(isServed).length).toBeGreaterThanOrEqual(55);
  });

  test.each(rows)('%s is usable', (name, provider) => {
    expect(catalog.find(name)).toBe(provider);
    expect(provider.baseUrl === '').toBe(provider.customHost === 'required');
    expect(provider.baseUrl).toMatch(/^$|^https:\/\/[^?#\s]*[^/]$/);
    for (const { path } of provider.endpoints) expect(path).toMatch(/^\/[a-z/-]+[a-z]$/);
    if (isServed(provider)) expect(calledDialect(provider)).toBe(provider.dialects[0]);
    else expect(isServedDialect(calledDialect(provider))).toBe(false);
  });

  test('speaks of the dialects that the protos have a word for, and of no others', () => {
    expect(Object.keys(DIALECT).sort()).toEqual([...DIALECT_NAMES].sort());
  });

  test.each([
    ['huggingface', 'cached_tokens'],
    ['together-ai', 'cached_tokens'],
  ])('says where %s tells what it had in its cache', (name, path) => {
    expect(catalog.find(name)?.quirks.cachedInputPaths).toContain(path);
  });

  test('says of every server that somebody runs what the gateway is proven to bound', () => {
    const said = catalog.list().filter((provider) => isSelfHosted(provider) && isServed(provider));
    const quirks = said.map(
      (provider) => [provider.name, { ...toProtoQuirks(provider.quirks), parameters: [] }] as const,
    );
    expect(new Map(quirks)).toEqual(selfHostedQuirks());
  });

  test.each(rows)(
    '%s: what its template names is in its form, required and of a form that cannot leave its place',
    (_name, provider) => {
      const names = [...provider.baseUrl.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const name of names) {
        const field = openFieldsOf(provider).find((open) => open.name === name);
        expect(field).toMatchObject({ required: true });
        for (const smuggled of ['a/b', 'a@b', 'a?b', 'a#b', 'a:1', '', 'a b', '..%2f', 'a\\b']) {
          expect(smuggled).not.toMatch(field?.pattern as RegExp);
        }
      }
    },
  );

  test('knows no other', () => expect(catalog.find('constructor')).toBeUndefined());
});

describe.each(rows)('connecting %s by its own form', (_name, provider) => {
  const violationsOf = async (input: ReturnType<typeof filled>): Promise<readonly FieldViolation[]> => {
    const answer = await new RegistryInMemory().connect('bad', input).catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(AppError);
    expect(answer).toMatchObject({ code: 'INVALID', reason: 'REQUEST_INVALID' });
    return (answer as AppError).violations;
  };

  test('goes through with all fields, and with the required ones alone', async () => {
    const registry = new RegistryInMemory();
    const whole = await registry.connect('whole', { ...filled(provider), slug: 'whole' });
    const least = await registry.connect('least', {
      ...filled(provider, ({ required }) => required),
      slug: 'least',
    });
    expect(whole.integration.fields).toEqual(Object.fromEntries(filled(provider).fields));
    for (const { integration } of [whole, least]) {
      const [event] = await registry.store.read(`integration-${integration.integrationId}`);
      expect(event?.data['baseUrl']).toMatch(/^https:\/\/[a-z0-9.-]+(\/[A-Za-z0-9._/-]*)?$/);
    }
  });

  test('is refused without a field that is required, with a foreign one, or a malformed one', async () => {
    for (const field of provider.form.filter(({ required }) => required)) {
      const path = `${field.secret ? 'credential' : 'fields'}.${field.name}`;
      const without = filled(provider, ({ name }) => name !== field.name);
      // Beside a host of one's own, what only the template needs may be left out, and a server may want no credential.
      if (provider.customHost !== 'required') {
        expect(await violationsOf(without)).toEqual([{ field: path, description: 'is required' }]);
      }
      const malformed = filled(provider);
      (field.secret ? malformed.credential : malformed.fields).set(field.name, 'a\nb');
      expect(await violationsOf(malformed)).toMatchObject([{ field: path }]);
    }
    const foreign = filled(provider);
    foreign.fields.set('colour', 'blue');
    expect(await violationsOf(foreign)).toMatchObject([{ field: 'fields' }]);
    const strange = filled(provider);
    strange.credential.set('colour', 'blue');
    expect(await violationsOf(strange)).toMatchObject([{ field: 'credential' }]);
  });
});
