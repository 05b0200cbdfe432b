import { AppError } from '@gatehouse/kernel';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { fromRestConfigurations, MASK, toRestConfigurations, toRestMappings } from './configurations';

const { CredentialKind } = typeV1;
const form = (...names: string[]) =>
  names.map((name) =>
    registryV1.FormField.fromPartial({ name: name.replace('*', ''), secret: name.endsWith('*') }),
  );
const kindForm = (kind: typeV1.CredentialKind, ...names: string[]) => ({
  kind,
  label: '',
  form: form(...names),
});

const openai = { form: form('api_key*', 'organization*', 'project*'), credentialKinds: [] };
const azure = {
  form: form('api_key*', 'resource'),
  credentialKinds: [
    kindForm(CredentialKind.AZURE_KEY, 'api_key*', 'resource'),
    kindForm(CredentialKind.ENTRA_CLIENT_SECRET, 'resource', 'tenant_id', 'client_id', 'client_secret*'),
  ],
};
const vertex = { form: form('service_account_json*', 'region', 'project_id'), credentialKinds: [] };

const given = (
  provider: Parameters<typeof fromRestConfigurations>[0],
  configurations: object,
  key?: string,
  kind = CredentialKind.UNSPECIFIED,
) => fromRestConfigurations(provider, { key, configurations: { ...configurations }, mappings: [], kind });

it('tells secrets from fields by the catalog', () => {
  const said = { openai_organization: 'org-1', openai_project: null };
  expect(given(openai, said, 'sk')).toMatchObject({
    credential: { api_key: 'sk', organization: 'org-1' },
    fields: {},
  });
});

it('has Azure by key and by Entra ID, with its deployments', () => {
  const deployment = {
    azure_deployment_name: 'ours',
    azure_api_version: '2024-10-21',
    azure_model_slug: 'gpt-4o',
  };
  const said = {
    azure_auth_mode: 'default',
    azure_resource_name: 'acme',
    azure_deployment_config: [deployment],
  };
  expect(given(azure, said, 'k')).toMatchObject({
    ...{
      credential: { api_key: 'k' },
      fields: { resource: 'acme' },
      credentialKind: CredentialKind.AZURE_KEY,
    },
    deployments: [
      { alias: 'ours', deploymentName: 'ours', apiVersion: '2024-10-21', model: 'gpt-4o', isDefault: false },
    ],
  });
  const entra = {
    ...{ azure_auth_mode: 'entra', azure_resource_name: 'acme', azure_entra_tenant_id: 't' },
    ...{ azure_entra_client_id: 'c', azure_entra_client_secret: 's' },
  };
  expect(given(azure, entra)).toMatchObject({
    ...{ credential: { client_secret: 's' }, fields: { resource: 'acme', tenant_id: 't', client_id: 'c' } },
    credentialKind: CredentialKind.ENTRA_CLIENT_SECRET,
  });
});

it('takes the kind that stands where none is said', () => {
  const { ENTRA_CLIENT_SECRET } = CredentialKind;
  const { credential, credentialKind } = given(
    azure,
    { azure_entra_client_secret: 's' },
    undefined,
    ENTRA_CLIENT_SECRET,
  );
  expect({ credential, credentialKind }).toEqual({
    credential: { client_secret: 's' },
    credentialKind: ENTRA_CLIENT_SECRET,
  });
});

it('takes a key file as an object, and a key where that is the only secret', () => {
  const file = { type: 'service_account' };
  const said = { vertex_region: 'europe-west4', vertex_project_id: 'p', vertex_service_account_json: file };
  const wanted = {
    credential: { service_account_json: JSON.stringify(file) },
    fields: { region: 'europe-west4', project_id: 'p' },
  };
  expect(given(vertex, said)).toMatchObject(wanted);
  expect(given(vertex, {}, '{}')).toMatchObject({ credential: { service_account_json: '{}' } });
});

it('takes headers of a server of one’s own', () => {
  const said = { custom_host: 'http://vllm:8000/v1', custom_headers: { 'x-team': 'a' } };
  expect(given(openai, said)).toMatchObject({
    customHost: 'http://vllm:8000/v1',
    headers: { 'x-team': 'a' },
    local: true,
  });
});

it('hands on what the form does not have, for the registry to refuse', () => {
  expect(given(openai, { surprise: 'yes' })).toMatchObject({ fields: { surprise: 'yes' } });
});

it.each([
  ['azure_auth_mode', 'entraFederated'],
  ['aws_external_id', 'ours'],
  ['azure_deployment_name', 'gpt'],
  ['openai_organization', MASK],
  ['custom_headers', { 'x-team': MASK }],
  ['custom_headers', 'x-team: a'],
  ['azure_deployment_config', [{ alias: 'a' }]],
])('refuses %s: %p', (name, value) => {
  const refused = () => given(openai, { [name]: value });
  expect(refused).toThrow(AppError);
  expect(refused).toThrow(`configurations.${name}`);
});

const configured = (shown: Partial<registryV1.Integration>) =>
  toRestConfigurations(registryV1.Integration.fromPartial(shown as object));

it('takes the mask that stands for a secret for no secret', () => {
  for (const said of [() => given(openai, {}, MASK), () => given(openai, { openai_project: MASK }, 'sk')])
    expect(said).toThrow('is the mask that stands for a secret');
});

it('answers what is open by the names that it was given by, and secrets as a mask', () => {
  expect(
    configured({
      ...{
        credentialKind: CredentialKind.ENTRA_CLIENT_SECRET,
        headerNames: ['x-team'],
        customHost: 'https://h',
      },
      fields: { resource: 'acme', tenant_id: 't', client_id: 'c', other: 'o' },
    }),
  ).toEqual({
    ...{
      azure_auth_mode: 'entra',
      azure_resource_name: 'acme',
      azure_entra_tenant_id: 't',
      azure_entra_client_id: 'c',
    },
    ...{ other: 'o', custom_host: 'https://h', custom_headers: { 'x-team': MASK } },
  });
  const aws = {
    credentialKind: CredentialKind.AWS_ASSUMED_ROLE,
    fields: { region: 'eu-central-1' },
    externalId: 'e',
  };
  expect(configured(aws)).toEqual({
    aws_auth_type: 'assumedRole',
    aws_region: 'eu-central-1',
    aws_external_id: 'e',
  });
  const other = { credentialKind: CredentialKind.API_KEY, fields: { region: 'us-chicago-1' } };
  expect(configured(other)).toEqual({ region: 'us-chicago-1' });
});

describe('secrets that are elsewhere', () => {
  const kind = CredentialKind.ENTRA_CLIENT_SECRET;
  const mapped = (provider: Parameters<typeof given>[0], ...targets: string[]) =>
    fromRestConfigurations(provider, {
      ...{ key: undefined, configurations: {}, kind },
      mappings: targets.map((target) => ({ target_field: target, secret_reference_id: 'ours' })),
    }).references;

  it.each([
    [openai, 'key', 'api_key'],
    [vertex, 'configurations.vertex_service_account_json', 'service_account_json'],
    [azure, 'configurations.azure_entra_client_secret', 'client_secret'],
  ])('are fields of the form: %#', (provider, target, field) => {
    expect(mapped(provider, target)).toEqual({ [field]: { reference: 'ours', member: '' } });
  });

  it.each([
    [azure, ['configurations.azure_resource_name'], 0],
    [openai, ['configurations.__proto__'], 0],
    [openai, ['headers.x'], 0],
    [vertex, ['key'], 0],
    [vertex, ['configurations.vertex_service_account_json', 'configurations.service_account_json'], 1],
  ])('are secret fields, each once: %#', (provider, targets, index) => {
    const refused = (() => {
      try {
        return mapped(provider, ...targets);
      } catch (error) {
        return (error as AppError).violations;
      }
    })();
    expect(refused).toMatchObject([{ field: `secret_mappings[${index}].target_field` }]);
  });

  it('are answered as they are said', () => {
    const references = {
      api_key: { reference: 'ours', member: '' },
      client_secret: { reference: 'theirs', member: 'A' },
    };
    expect(toRestMappings({ references, credentialKind: kind })).toEqual([
      { target_field: 'key', secret_reference_id: 'ours', secret_key: null },
      {
        target_field: 'configurations.azure_entra_client_secret',
        secret_reference_id: 'theirs',
        secret_key: 'A',
      },
    ]);
    expect(toRestMappings({ references: {}, credentialKind: kind })).toBeNull();
  });
});
