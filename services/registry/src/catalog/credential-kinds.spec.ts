import { providerCredentialOf, tokenOriginOf } from '@gatehouse/provider-auth';
import type { AppError } from '@gatehouse/kernel';
import { originsOf } from '@gatehouse/sealing';
import { externalIdOf } from '../app/connection/external-id';
import { credentialUseOf, kindsOf, withKind } from '../domain/integration/credential-kind';
import { type FormField, openFieldsOf, type Provider, secretFieldsOf } from '../domain/integration/provider';
import { RegistryInMemory } from '../testing/registry-in-memory';
import { BuiltInCatalog } from './built-in-catalog';

const rows = new BuiltInCatalog()
  .list()
  .flatMap((provider) => kindsOf(provider).map(({ name }) => [provider.name, name, provider] as const))
  .filter(([, , { otherKinds }]) => otherKinds !== undefined);

const GUID = '00000000-0000-4000-8000-000000000000';
const SAMPLES: Readonly<Record<string, string>> = {
  client_id: GUID,
  role_arn: 'arn:aws:iam::123456789012:role/team/gatehouse',
};
const HOST = 'https://models.example/v1';

const filled = (
  provider: Provider,
  credentialKind: string,
  which: (field: FormField) => boolean = () => true,
) => {
  const form = withKind(provider, credentialKind) ?? provider;
  const sample = ({ name }: FormField): [string, string] => [name, SAMPLES[name] ?? 'some-value-1'];
  return {
    provider: provider.name,
    credentialKind,
    credential: new Map(secretFieldsOf(form).filter(which).map(sample)),
    fields: new Map(openFieldsOf(form).filter(which).map(sample)),
    customHost: provider.customHost === 'required' ? HOST : '',
  };
};

test.each([['aws_access_key_id'], ['aws_secret_access_key'], ['aws_session_token']])(
  'an AWS role is not assumed by the gateway where the keys are cut down to %s',
  async (given) => {
    const provider = new BuiltInCatalog().find('bedrock') as Provider;
    const input = filled(provider, 'aws-assumed-role', ({ name, secret }) => !secret || name === given);
    await expect(new RegistryInMemory().connect('half', input)).rejects.toMatchObject({
      violations: [{ description: `is required with ${given}` }],
    });
  },
);

describe.each(rows)('%s with %s', (_name, kind, provider) => {
  const refused = async (input: Parameters<RegistryInMemory['connect']>[1]) => {
    const answer = await new RegistryInMemory().connect('bad', input).catch((error: unknown) => error);
    expect(answer).toMatchObject({ code: 'INVALID', reason: 'REQUEST_INVALID' });
    return (answer as AppError).violations.map(({ field }) => field);
  };
  /** A server of the organization's own asks for nothing. */
  const asks = provider.customHost !== 'required';

  test('is connected by its own form, and sealed for whoever makes tokens of it, and for nobody else', async () => {
    const registry = new RegistryInMemory();
    const input = filled(provider, kind, ({ name }) => name !== 'aws_session_token');
    const { integration } = await registry.connect('r1', input);
    expect(integration.credentialKind).toBe(kind);
    const sealed = await registry.sealedOf(integration.integrationId, 1);
    const use = credentialUseOf(provider, integration, externalIdOf(registry.ids, integration));
    if (use === undefined) throw new Error('nobody could use it');
    const auth = use.auth as 'bearer';
    const credential = providerCredentialOf({ ...use, scheme: auth }, Object.fromEntries(input.credential));
    const issuer = tokenOriginOf(credential);
    expect(sealed.origins).toEqual(originsOf([integration.baseUrl, ...(issuer ? [issuer] : [])]));
  });

  test('takes no field too few, none too many, and none of another kind', async () => {
    const form = withKind(provider, kind) ?? provider;
    for (const field of asks ? form.form.filter(({ required }) => required) : []) {
      const without = filled(provider, kind, ({ name }) => name !== field.name);
      expect(await refused(without)).toEqual([`${field.secret ? 'credential' : 'fields'}.${field.name}`]);
    }
    const more = filled(provider, kind);
    more.credential.set('colour', 'blue');
    more.fields.set('colour', 'blue');
    expect((await refused(more)).sort()).toEqual(['credential', 'fields']);
    expect(await refused({ ...filled(provider, kind), credentialKind: 'oracle' })).toContain(
      'credential_kind',
    );
  });

  test('may leave out what it need not have', async () => {
    const least = filled(provider, kind, ({ required }) => required);
    const { integration } = await new RegistryInMemory().connect('least', least);
    expect(integration).toMatchObject({ status: 'connected', credentialKind: kind });
  });
});

describe('a role’s external id', () => {
  const role = new BuiltInCatalog().find('bedrock') as Provider;
  const use = (registry: RegistryInMemory, requestId: string) =>
    registry
      .connect(requestId, { ...filled(role, 'aws-assumed-role'), slug: requestId })
      .then(async ({ integration }) => {
        await registry.test(integration.integrationId);
        return registry.egress.asked.at(-1)?.use.externalId;
      });

  test('is of one integration alone, and the same each time', async () => {
    const [one, same] = [new RegistryInMemory(), new RegistryInMemory()];
    const first = await use(one, 'r1');
    expect(first).toMatch(/^xid_[0-9a-z]{26}$/);
    expect(await use(same, 'r1')).toBe(first);
    expect(await use(one, 'r2')).not.toBe(first);
  });
});

describe('a role in a region', () => {
  const role = new BuiltInCatalog().find('sagemaker') as Provider;

  test.each([
    ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com:443'],
    ['us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com:443'],
    ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn:443'],
  ])('%s is sealed for the STS that the gateway asks there', async (region, issuer) => {
    const registry = new RegistryInMemory();
    const input = filled(role, 'aws-assumed-role');
    input.fields.set('region', region);
    const { integration } = await registry.connect('r1', input);
    expect((await registry.sealedOf(integration.integrationId, 1)).origins).toContain(issuer);
    const use = credentialUseOf(role, integration, externalIdOf(registry.ids, integration));
    const credential = providerCredentialOf(
      { ...use, scheme: 'bearer' } as Parameters<typeof providerCredentialOf>[0],
      Object.fromEntries(input.credential),
    );
    expect(originsOf([tokenOriginOf(credential) ?? ''])).toEqual([issuer]);
  });
});

describe('another kind', () => {
  test('comes with its credential, or not at all', async () => {
    const registry = new RegistryInMemory();
    const fields = new Map([['resource', 'acme']]);
    const { integration } = await registry.connect('r1', { provider: 'azure-openai', fields });
    const changes = {
      credentialKind: 'entra-workload-identity',
      fields: new Map([...fields, ['tenant_id', 'acme.example'], ['client_id', GUID]]),
    };
    await expect(registry.reconfigure('r2', integration.integrationId, changes)).rejects.toMatchObject({
      reason: 'CREDENTIAL_NEEDED',
    });
    const after = await registry.reconfigure('r3', integration.integrationId, changes, {
      headers: new Map(),
    });
    expect(after.integration).toMatchObject({
      credentialKind: 'entra-workload-identity',
      credentialVersion: 2,
    });
    expect((await registry.sealedOf(integration.integrationId, 2)).origins).toContain(
      'https://login.microsoftonline.com:443',
    );
  });
});
