import { toProtoKeyRole } from '@gatehouse/access';
import { FORGED_GRANTS, matrixGrants, type MatrixTarget, permissionFaults } from '@gatehouse/access/testing';
import { deriveId, isWorkspaceRole } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { METERING_SERVICES } from './metering.module';
import { MeteringService, OURS, secretOf, THEIRS } from './testing/metering-service';

const { ListUsageRecordsRequest, UsageRecord, UsageDimension, UsageOutcome } = meteringV1;

const HOURLY = typeV1.Limit.fromPartial({
  id: deriveId('lim', 'hourly'),
  kind: {
    $case: 'rateLimit',
    value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota: 100n },
  },
});

describe('who may call what', () => {
  const keys = [...matrixGrants(METERING_SERVICES), ...FORGED_GRANTS].map((grant, index) => ({
    ...grant,
    name: `key ${index}`,
  }));
  let service: MeteringService;

  /** A workspace with a provision and a key, both with a limit, and a call of theirs. */
  const target = async (name: string, organization = OURS): Promise<MatrixTarget> => {
    await service.createWorkspace(name, [], organization);
    await service.provision(name, name, [{ ...HOURLY, id: deriveId('lim', 'prv', name) }], organization);
    await service.issueKey(name, name, [{ ...HOURLY, id: deriveId('lim', 'key', name) }], organization);
    const [workspaceId, provisionId, apiKeyId] = [
      deriveId('ws', name),
      deriveId('prv', name),
      deriveId('key', name),
    ];
    await service.record(
      UsageRecord.fromPartial({
        requestId: `call of ${name}`,
        attempt: 1,
        organizationId: organization,
        ...{ workspaceId, provisionId, apiKeyId },
        integrationId: deriveId('int', 'i'),
        model: 'small',
        outcome: UsageOutcome.COMPLETED,
        admittedAt: new Date('2026-11-10T10:00:00Z'),
        settledAt: new Date('2026-11-10T10:00:01Z'),
      }),
    );
    return { workspaceId, provisionId, apiKeyId, limitId: deriveId('lim', 'prv', name) };
  };

  beforeAll(async () => {
    service = await MeteringService.start();
    service.registry.books.push({});
    for (const { name, role, scopes } of keys)
      await service.issueKey(name, isWorkspaceRole(role) ? 'own' : undefined, [], OURS, {
        role: toProtoKeyRole(role),
        scopes: [...scopes],
      });
    await service.issueKey('admin', undefined);
    await service.issueKey('rival admin', undefined, [], THEIRS);
  }, 60_000);
  afterAll(() => service.stop());

  it('is what stands beside each RPC, for every role and scope, of what is its own and of what is not', async () => {
    const targets = {
      own: await target('own'),
      otherWorkspace: await target('elsewhere'),
      otherOrganization: await target('rival', THEIRS),
    };
    await seen('admin', 2);
    await seen('rival admin', 1);
    const faults = await permissionFaults({
      service: 'metering',
      address: service.listen,
      services: METERING_SERVICES,
      keys: keys.map(({ role, scopes, name }) => ({ role, scopes, secret: secretOf(name) })),
      targets,
      fields: (_rpc, { provisionId }) => ({
        scopeId: provisionId,
        month: '2026-11',
        format: meteringV1.UsageFormat.CSV,
        ...{ usageRequestId: 'call of own', attempt: 1, day: '2026-11-10' },
        terms: meteringV1.RerateTerms.fromPartial({ from: new Date(0), to: new Date(1) }),
        reratingId: deriveId('rrt', 'nobody'),
        ...{ url: 'https://127.0.0.1/', webhookId: deriveId('whk', 'nobody') },
        groupBy: [UsageDimension.WORKSPACE, UsageDimension.PROVISION, UsageDimension.API_KEY],
      }),
    });
    expect(faults).toEqual([]);
  }, 120_000);

  /** As many calls, and where the limits of as many provisions and keys stand. */
  const seen = (apiKey: string, many: number): Promise<void> =>
    eventually(async () => {
      const usage = await service.usage({ apiKey }).listUsageRecords(ListUsageRecordsRequest.fromPartial({}));
      expect(usage.records).toHaveLength(many);
      const all = { scopeIds: [], scopeId: '', pageSize: 0, pageToken: '' };
      expect((await service.budgets({ apiKey }).listLimitStates(all)).limits).toHaveLength(2 * many);
    });
});
