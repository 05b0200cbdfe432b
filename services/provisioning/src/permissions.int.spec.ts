import { randomUUID } from 'node:crypto';
import { toProtoKeyRole } from '@gatehouse/access';
import { matrixGrants, type MatrixKey, type MatrixTarget, permissionFaults } from '@gatehouse/access/testing';
import { deriveId, isWorkspaceRole } from '@gatehouse/kernel';
import { OPERATIONS_SERVICES } from '@gatehouse/platform';
import { eventsV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { PROVISIONING_SERVICES } from './adapters/grpc/services';
import {
  asked,
  issueRequest,
  ProvisioningBench,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { ApiKeyRole, OrganizationRole } = provisioningV1;
const ROLES = { organization: OrganizationRole.MEMBER, workspaces: [] };
const HOURLY = typeV1.Limit.fromPartial({
  kind: {
    $case: 'rateLimit',
    value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota: 100n },
  },
});

const bulkOf = ({ integrationId = '', workspaceId = '' }: MatrixTarget) => ({
  integrationId,
  workspaceIds: [workspaceId],
  existing: provisioningV1.ExistingProvisions.KEEP,
});

const holderOf = (rpc: string, { integrationId = '', workspaceId = '' }: MatrixTarget) =>
  rpc === 'GetLimits'
    ? { $case: 'integrationId', value: integrationId }
    : { $case: 'keysOfWorkspaceId', value: workspaceId };

/** What requests need beside the things that they name. */
const fieldsOf = (rpc: string, target: MatrixTarget) => ({
  name: `made ${randomUUID()}`,
  email: `${randomUUID()}@mail.example`,
  role: ApiKeyRole.WORKSPACE,
  roles: ROLES,
  models: { all: true, names: [] },
  ...bulkOf(target),
  holder: { holder: holderOf(rpc, target) },
  updateMask: ['description'],
  more: 1n,
  until: new Date(Date.now() + 3_600_000),
  of: { $case: 'workspaceId', value: target['workspaceId'] },
  provider: 'any',
  command: {
    command: {
      $case: 'enableProvision',
      value: { requestId: randomUUID(), reason: '', provisionId: target['provisionId'] ?? '' },
    },
  },
  model: 'any',
  change: provisioningV1.IntegrationChange.DISABLE,
  only: ['any'],
});

describe('who may call what', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let rival: Tenant;

  const target = async (tenant: Tenant, name: string): Promise<MatrixTarget> => {
    const { workspaces, keys } = tenant.admin;
    const workspaceId = (await workspaces.createWorkspace(workspaceRequest({ name }))).workspace?.id ?? '';
    const integrationId = await bench.connect(tenant.organizationId, name);
    const { apiKey } = await keys.issueApiKey(
      issueRequest({ name, role: ApiKeyRole.WORKSPACE, workspaceId }),
    );
    return {
      workspaceId,
      integrationId,
      apiKeyId: apiKey?.id ?? '',
      ...(await provisioned(tenant, { integrationId, workspaceId })),
      ...(await people(tenant, name)),
      proposalId: await proposed(tenant, name),
    };
  };

  const provisioned = async ({ admin }: Tenant, of: { integrationId: string; workspaceId: string }) => {
    const one = { ...of, limits: [HOURLY], atLeastPosition: '1' };
    const { provision } = await admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(asked(one)),
    );
    const { bulk } = await admin.bulks.bulkProvision(
      provisioningV1.BulkProvisionRequest.fromPartial(asked(bulkOf(of))),
    );
    return {
      provisionId: provision?.id ?? '',
      limitId: provision?.limits[0]?.id ?? '',
      bulkId: bulk?.id ?? '',
    };
  };

  /** A member, and somebody who is invited. */
  const people = async ({ admin: { members } }: Tenant, name: string) => {
    const invite = (email: string) =>
      members.inviteMember(provisioningV1.InviteMemberRequest.fromPartial(asked({ email, roles: ROLES })));
    const { token } = await invite(`joined@${name}.example`);
    const { member } = await bench.withKey(token).members.acceptInvite(asked({ name }));
    const { invite: open } = await invite(`invited@${name}.example`);
    return { memberId: member?.id ?? '', inviteId: open?.id ?? '' };
  };

  /** Of what changes nothing, by somebody else. */
  const proposed = async ({ organizationId }: Tenant, name: string): Promise<string> => {
    const proposalId = deriveId('prp', organizationId, name);
    const message = eventsV1.ChangeProposed.fromPartial({
      ...{ proposalId, organizationId, scopes: ['policies.update'], behind: ['somebody'] },
      command: { command: { $case: 'changeApproval', value: asked({ required: false }) } },
      judgedStream: `organization-${organizationId}`,
      expiresAt: new Date(Date.now() + 3_600_000),
    });
    await bench.append(organizationId, `proposal-${proposalId}`, 'ChangeProposed', message);
    return proposalId;
  };

  const issueKeys = async (home: string): Promise<readonly MatrixKey[]> => {
    const owner = await bench.as('operator').keys.issueApiKey(
      issueRequest({
        name: 'owner',
        role: ApiKeyRole.OWNER,
        organizationId: acme.organizationId,
      }),
    );
    const { keys } = bench.withKey(owner.secret);
    const issued: MatrixKey[] = [];
    // One after the other: of a hundred at once the last would be behind its deadline on a busy machine.
    for (const { role, scopes } of matrixGrants(PROVISIONING_SERVICES)) {
      const request = issueRequest({
        name: role,
        role: toProtoKeyRole(role),
        workspaceId: isWorkspaceRole(role) ? home : '',
        scopes: [...scopes],
      });
      issued.push({ role, scopes, secret: (await keys.issueApiKey(request)).secret });
    }
    return issued;
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    [acme, rival] = [await bench.tenant('Acme'), await bench.tenant('Rival')];
  }, 60_000);
  afterAll(() => bench.close());

  it('is what stands beside each RPC, for every role and scope, of what is its own and of what is not', async () => {
    const [own, otherWorkspace] = [await target(acme, 'own'), await target(acme, 'elsewhere')];
    const faults = await permissionFaults({
      service: 'provisioning',
      address: bench.address,
      services: { ...PROVISIONING_SERVICES, ...OPERATIONS_SERVICES },
      keys: await issueKeys(own['workspaceId'] ?? ''),
      targets: { own, otherWorkspace, otherOrganization: await target(rival, 'rival') },
      fields: fieldsOf,
    });
    expect(faults).toEqual([]);
    await rivalIsAsItWasMade();
  }, 300_000);

  const rivalIsAsItWasMade = async (): Promise<void> => {
    const { keys, provisions, workspaces } = rival.admin;
    const rivalKeys = await keys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial({}));
    expect(rivalKeys.apiKeys.map(({ revision }) => revision)).toEqual([0n, 0n]);
    expect(
      (await provisions.listProvisions(provisioningV1.ListProvisionsRequest.fromPartial({}))).provisions,
    ).toMatchObject([{ revision: 0n, enabled: true }]);
    expect(
      (await workspaces.listWorkspaces(provisioningV1.ListWorkspacesRequest.fromPartial({}))).workspaces,
    ).toMatchObject([{ revision: 0n }]);
  };
});
