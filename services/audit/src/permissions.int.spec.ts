import { FORGED_GRANTS, matrixGrants, type MatrixTarget, permissionFaults } from '@gatehouse/access/testing';
import { deriveId, organizationId } from '@gatehouse/kernel';
import { AUDIT_SERVICES } from './audit.module';
import { AuditBench } from './testing/audit-bench';

describe('who may call what', () => {
  const [ours, theirs] = [organizationId(deriveId('org', 'ours')), organizationId(deriveId('org', 'theirs'))];
  let bench: AuditBench;

  const target = async (organization: typeof ours, name: string): Promise<MatrixTarget> => {
    const workspaceId = deriveId('ws', name);
    await bench.append(organization, `workspace-${workspaceId}`, 'WorkspaceCreated', { workspaceId });
    return { workspaceId };
  };

  beforeAll(async () => {
    bench = await AuditBench.open();
  }, 60_000);
  afterAll(() => bench.close());

  it('is what stands beside each RPC, for every role and scope, of what is its own and of what is not', async () => {
    const targets = { own: await target(ours, 'own'), otherOrganization: await target(theirs, 'rival') };
    const keys = [...matrixGrants(AUDIT_SERVICES), ...FORGED_GRANTS].map((grant, index) => ({
      ...grant,
      name: `key ${index}`,
    }));
    for (const { name, role, scopes } of keys) await bench.issueKey(ours, name, role, scopes);
    const faults = await permissionFaults({
      service: 'audit',
      address: bench.address,
      services: AUDIT_SERVICES,
      keys: keys.map(({ role, scopes, name }) => ({ role, scopes, secret: AuditBench.secretOf(name) })),
      targets,
      fields: (_rpc, { workspaceId }) => ({
        stream: `workspace-${workspaceId}`,
        streams: [`workspace-${workspaceId}`],
      }),
    });
    expect(faults).toEqual([]);
  }, 60_000);
});
