import { randomUUID } from 'node:crypto';
import { FORGED_GRANTS, matrixGrants, type MatrixTarget, permissionFaults } from '@gatehouse/access/testing';
import { grpcClient } from '@gatehouse/grpc';
import { deriveId, type OrganizationId, organizationId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { InMemoryKeys } from '@gatehouse/sealing/testing';
import { REGISTRY_SERVICES } from './registry.module';
import { SeenRegistry } from './testing/seen-registry';

const LOCAL = {
  provider: 'self-hosted',
  customHost: 'http://127.0.0.1:9000/v1',
  credential: { api_key: 'sk' },
};
const LOCATOR = {
  manager: { $case: 'hashicorpVault', value: { mount: 'secret', path: 'team/openai' } },
} as const;
const MODEL = typeV1.CustomModel.fromPartial({ name: 'mine', contextWindow: 2n, maxOutputTokens: 1n });
const PRICES = typeV1.Prices.fromPartial({ rates: { input: 1n } });

const { IntegrationServiceClient, DraftServiceClient, SecretReferenceServiceClient } = registryV1;
const { ConnectIntegrationRequest, CreateDraftRequest, ListIntegrationsRequest } = registryV1;

/** What requests need beside the things that they name. */
const fieldsOf = (rpc: string): Readonly<Record<string, unknown>> => ({
  ...LOCAL,
  name: rpc === 'GetProvider' ? 'openai' : `made ${randomUUID()}`,
  updateMask: ['custom_host'],
  deployment: { alias: 'a', deploymentName: 'd', apiVersion: '2024-10-21', model: 'm', isDefault: false },
  alias: 'a',
  model: rpc === 'DefineCustomModel' ? MODEL : 'mine',
  prices: rpc === 'OverridePrice' ? PRICES : undefined,
  priceMultiplier: 10_000n,
  selection: registryV1.ModelSelection.ALL,
  locator: LOCATOR,
  // What is made has a name of its own, and what is told of an integration is not told of a draft.
  ...(rpc === 'ConnectIntegration' && { draftId: '', workspaceId: '' }),
  // An integration is named once; by its slug the audience is tried in a test of its own.
  ...(rpc === 'GetIntegration' && { slug: undefined }),
  ...(['TestConnection', 'ListLiveModels'].includes(rpc) && { draftId: '' }),
  // Whose it is tells what is answered, and not whether: another organization's are tried in a test of its own.
  ...(rpc === 'ListIntegrationSurroundings' && { integrationIds: [deriveId('int', 'nobody')] }),
  ...(['ConnectIntegration', 'DefineSecretReference'].includes(rpc) && { slug: `s-${randomUUID()}` }),
});

describe('who may call what', () => {
  const [ours, theirs] = ['matrix', 'rival'].map((name) => organizationId(deriveId('org', name))) as [
    OrganizationId,
    OrganizationId,
  ];
  const keys = [...matrixGrants(REGISTRY_SERVICES), ...FORGED_GRANTS].map((grant, index) => ({
    ...grant,
    name: `key ${index}`,
  }));
  let registry: SeenRegistry;

  const clientsOf = (name: string) => {
    const options = { address: registry.address, apiKey: SeenRegistry.secretOf(name) };
    return {
      integrations: grpcClient(IntegrationServiceClient, options),
      drafts: grpcClient(DraftServiceClient, options),
      references: grpcClient(SecretReferenceServiceClient, options),
    };
  };

  const target = async (admin: string): Promise<MatrixTarget> => {
    const { integrations, drafts, references } = clientsOf(admin);
    const command = () => ({ requestId: randomUUID(), reason: 'spec' });
    const { integration } = await integrations.connectIntegration(
      ConnectIntegrationRequest.fromPartial({ ...command(), ...LOCAL, name: admin, slug: admin }),
    );
    const { draft } = await drafts.createDraft(CreateDraftRequest.fromPartial({ ...command(), ...LOCAL }));
    const slug = `secret-of-${admin}`;
    await references.defineSecretReference({ ...command(), slug, locator: LOCATOR });
    return { integrationId: integration?.id ?? '', draftId: draft?.id ?? '', slug };
  };

  beforeAll(async () => {
    registry = await SeenRegistry.start(new InMemoryKeys(), 'error');
    await registry.letIn([
      ...keys.map(({ name, role, scopes }) => ({ name, role, scopes, organizationId: ours })),
      { name: 'ours', role: 'admin', organizationId: ours },
      { name: 'rival', role: 'admin', organizationId: theirs },
    ]);
    await eventually(() => clientsOf('rival').drafts.listDrafts({}));
  }, 60_000);
  afterAll(() => registry?.stop());

  it('is what stands beside each RPC, for every role and scope, of what is its own and of what is not', async () => {
    const rival = await target('rival');
    const before = await eventually(async () => {
      const seen = await all('rival');
      expect(seen.map(({ length }) => length)).toEqual([1, 1, 1]);
      return seen;
    });
    const faults = await permissionFaults({
      service: 'registry',
      address: registry.address,
      services: REGISTRY_SERVICES,
      keys: keys.map(({ role, scopes, name }) => ({ role, scopes, secret: SeenRegistry.secretOf(name) })),
      targets: { own: await target('ours'), otherOrganization: rival },
      fields: fieldsOf,
    });
    expect(faults).toEqual([]);
    expect(await all('rival')).toEqual(before);
  }, 300_000);

  const all = async (admin: string): Promise<readonly (readonly unknown[])[]> => {
    const { integrations, drafts, references } = clientsOf(admin);
    return [
      (await integrations.listIntegrations(ListIntegrationsRequest.fromPartial({}))).integrations,
      (await drafts.listDrafts({})).drafts,
      (await references.listSecretReferences({ pageSize: 0, pageToken: '', atLeastPosition: '' })).references,
    ];
  };
});
