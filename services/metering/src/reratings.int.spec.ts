import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { deriveId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { eventsV1, meteringV1, type provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { MeteringService, OURS, THEIRS } from './testing/metering-service';

const JOURNAL = deriveId('jnl', 'j');
const PROVISION = deriveId('prv', 'p');
const LIMIT = deriveId('lim', 'p');
const DONE = meteringV1.ReratingStatus.DONE;
const USD_A_MILLION = 1_000_000_000n;

describe('rating records anew', () => {
  let service: MeteringService;
  let store: PostgresEventStore;

  beforeAll(async () => {
    service = await MeteringService.start();
    store = PostgresEventStore.connect(service.database.urlAs('metering'));
    service.registry.books.push(book(1n), book(2n), book(4n), book(1n));
    await service.issueKey('gh_ours', undefined);
    await service.issueKey('gh_theirs', undefined, [], THEIRS);
    await service.createWorkspace('w', []);
    const limit = typeV1.Limit.fromPartial({
      id: LIMIT,
      kind: {
        $case: 'budget',
        value: {
          amount: { $case: 'nanoUsd', value: 1_000_000n },
          reset: { period: typeV1.ResetPeriod.NEVER },
        },
      },
    });
    await service.provision('p', 'w', [limit]);
    await service.ledger().openJournal({ journalId: JOURNAL, incarnation: 1n });
    const leaseId = await leased();
    const sum = { nanoUsd: 20_000n, tokens: 20n };
    await service
      .ledger()
      .closeLease(meteringV1.CloseLeaseRequest.fromPartial({ journalId: JOURNAL, leaseId, sum, count: 2n }));
    await service.record(recordOf('first', { leaseId }), recordOf('second', { leaseId }));
    await eventually(async () => expect((await records()).length).toBe(2));
  }, 60_000);

  afterAll(async () => {
    await store.close();
    await service.stop();
  });

  const book = (dollars: bigint) => ({
    small: typeV1.Rates.fromPartial({ input: dollars * USD_A_MILLION, output: 0n }),
  });

  const leased = async (): Promise<string> => {
    const ask = meteringV1.AskLeaseRequest.fromPartial({
      ...{ journalId: JOURNAL, incarnation: 1n, askId: 'ask', organizationId: OURS },
      scopes: [{ kind: meteringV1.ScopeKind.PROVISION, id: PROVISION, revision: 0n }],
      want: { nanoUsd: 50_000n },
      least: { nanoUsd: 50_000n },
    });
    const { outcome } = await eventually(() => service.ledger().askLease(ask));
    if (outcome?.$case !== 'grant') throw new Error('not granted');
    return outcome.value.leaseId;
  };

  const recordOf = (requestId: string, more: Partial<meteringV1.UsageRecord>) =>
    meteringV1.UsageRecord.fromPartial({
      ...{ requestId, attempt: 1, organizationId: OURS, workspaceId: deriveId('ws', 'w') },
      ...{ provisionId: PROVISION, integrationId: deriveId('int', 'i'), model: 'small' },
      ...{ inputTokens: 10n, outputTokens: 0n, amountNanoUsd: 10_000n, apiKeyId: deriveId('key', 'k') },
      kinds: [{ kind: meteringV1.UsageKind.INPUT, quantity: 10n, nanoUsdPerMillion: USD_A_MILLION }],
      outcome: meteringV1.UsageOutcome.COMPLETED,
      ...{ admittedAt: new Date('2026-11-10T10:00:00Z'), settledAt: new Date('2026-11-10T10:00:01Z') },
      ...more,
    });

  const records = async () =>
    (await service.usage().listUsageRecords(meteringV1.ListUsageRecordsRequest.fromPartial({}))).records;

  const terms = (more: Partial<meteringV1.RerateTerms> = {}) =>
    meteringV1.RerateTerms.fromPartial({
      ...{ from: new Date('2026-11-10T00:00:00Z'), to: new Date('2026-11-10T23:59:59.999Z') },
      ...more,
    });
  const version = (value: bigint) => ({ priceBook: { $case: 'version', value } as const });
  const rerate = (requestId: string, of: Partial<meteringV1.RerateTerms> = {}, apiKey = 'gh_ours') =>
    service
      .usage({ apiKey })
      .rerateUsage({ requestId, reason: 'a wrong price', terms: terms(of) })
      .then(({ rerating }) => rerating as meteringV1.Rerating);
  const ended = (id: string) =>
    eventually(async () => {
      const { rerating } = await service.usage().getRerating({ reratingId: id });
      expect(rerating?.status).toBe(DONE);
      return rerating;
    });
  const spent = async () => (await service.budgets().getBudget({ limitId: LIMIT })).budget?.state?.spent;
  const approval = async (required: boolean): Promise<void> => {
    const told = eventsV1.OrganizationApprovalChanged.toJSON({ organizationId: OURS, required });
    await service.tell(`organization-${OURS}`, 'OrganizationApprovalChanged', told);
    const heard = 'SELECT FROM metering_limits.approval_required';
    await eventually(async () => expect((await service.pool.query(heard)).rowCount).toBe(required ? 1 : 0));
  };

  it('is looked at first, then done once by the book that is named, told as events, and shown beside records', async () => {
    const preview = await service.usage().previewRerating({ terms: terms(version(2n)) });
    expect(preview).toMatchObject({
      ...{ priceBookVersion: 2n, limitsMoved: 1, lookedFrom: undefined, needsApproval: false },
      tally: { changed: 2n, beforeNanoUsd: 20_000n, afterNanoUsd: 40_000n },
      limits: [{ limitId: LIMIT, spentNanoUsd: 20_000n, doubtNanoUsd: 0n }],
    });
    expect(await spent()).toBe(20_000n);
    expect(service.registry.asked.at(-1)).toMatchObject({
      organizationId: OURS,
      models: [{ integrationId: deriveId('int', 'i'), model: 'small' }],
    });
    const begun = await rerate('twice as dear', version(2n));
    expect(await rerate('twice as dear', version(2n))).toMatchObject({ id: begun.id });
    expect(await ended(begun.id)).toMatchObject({
      ...{ priceBookVersion: 2n, reason: 'a wrong price', tally: preview.tally },
      terms: { priceBook: { $case: 'version', value: 2n } },
    });
    expect(await spent()).toBe(40_000n);
    expect(await records()).toMatchObject(
      Array(2).fill({
        amountNanoUsd: 10_000n,
        corrections: [{ beforeNanoUsd: 10_000n, amountNanoUsd: 20_000n, reratingId: begun.id }],
      }),
    );
    await eventually(async () => {
      const events = await store.read(`rerating-${begun.id}`);
      expect(events.map(({ type }) => type)).toEqual([
        'UsageReratingBegun',
        'UsageRerated',
        'UsageReratingEnded',
      ]);
      for (const { metadata } of events)
        expect(metadata).toMatchObject({
          ...{ reason: 'a wrong price', command: 'RerateUsage', requestId: 'twice as dear' },
          actor: { kind: 'apiKey', id: deriveId('key', 'gh_ours') },
        });
    });
    const { differences } = await service
      .books()
      .reconcile({ fromDay: '2026-11-10', toDay: '2026-11-10', lagSeconds: 0 });
    expect(differences).toEqual([]);
    await expect(
      service.usage({ apiKey: 'gh_theirs' }).getRerating({ reratingId: begun.id }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'RERATING_UNKNOWN' });
    const theirs = await rerate('of theirs', version(3n), 'gh_theirs');
    await eventually(async () =>
      expect(
        (await service.usage({ apiKey: 'gh_theirs' }).getRerating({ reratingId: theirs.id })).rerating,
      ).toMatchObject({ status: DONE, tally: { changed: 0n } }),
    );
  });

  it('is a proposal where it lets more be spent and a second admin is wanted for that', async () => {
    await approval(true);
    const up = await rerate('up', version(3n));
    expect(await ended(up.id)).toMatchObject({ tally: { changed: 2n, afterNanoUsd: 80_000n } });
    expect((await service.usage().previewRerating({ terms: terms() })).needsApproval).toBe(true);
    const wanted = { code: 'REFUSED', reason: 'APPROVAL_REQUIRED' };
    await expect(rerate('down')).rejects.toMatchObject(wanted);
    await expect(rerate('down')).rejects.toMatchObject(wanted);
    const [first, again] = service.desk.corrections.slice(-2) as [
      provisioningV1.ProposeCorrectionRequest,
      provisioningV1.ProposeCorrectionRequest,
    ];
    expect(again).toEqual(first);
    expect(first).toMatchObject({
      ...{ organizationId: OURS, scopes: ['policies.update'] },
      correction: {
        correction: {
          $case: 'rerateUsage',
          value: {
            ...{
              priceBookVersion: 4n,
              found: { changed: 2n, afterNanoUsd: 20_000n },
              lowersNanoUsd: 60_000n,
            },
            request: { requestId: 'down', terms: { priceBook: { $case: 'version', value: 4n } } },
          },
        },
      },
    });
    expect(await spent()).toBe(80_000n);
    // What the book says meanwhile was not approved.
    service.registry.books.push(book(0n));
    const { scopes: _scopes, ...proposed } = first;
    const carryOut = (more: Partial<meteringV1.CarryOutCorrectionRequest> = {}) =>
      service
        .budgets({ serviceToken: 'provisioning-token' })
        .carryOutCorrection({ ...proposed, causationId: 'approval', ...more });
    await expect(carryOut({ organizationId: THEIRS })).rejects.toMatchObject({ reason: 'RERATING_UNKNOWN' });
    await carryOut();
    await carryOut();
    const { id } = await rerate('down');
    expect(await ended(id)).toMatchObject({ priceBookVersion: 4n, tally: { changed: 2n, unapproved: 0n } });
    expect(await spent()).toBe(20_000n);
    await eventually(async () => {
      const events = await store.read(`rerating-${id}`);
      expect(events).toHaveLength(3);
      for (const { metadata } of events) expect(metadata.causationId).toBe('approval');
    });
    await approval(false);
  });

  it('is refused where it cannot be meant, or prices cannot be known, and changes nothing', async () => {
    const kept = async () => (await service.pool.query('SELECT FROM metering.rerating')).rowCount;
    const before = await kept();
    const later = new Date(Date.now() + 60_000);
    for (const wrong of [
      { from: undefined },
      { to: undefined },
      { from: new Date('2026-11-11T00:00:00Z') },
      { to: later },
      { workspaceId: 'x' },
      { integrationId: 'x' },
      { model: '\0' },
      version(0n),
    ])
      await expect(rerate('wrong', wrong)).rejects.toMatchObject({
        code: 'INVALID',
        reason: 'REQUEST_INVALID',
      });
    await expect(rerate('unknown', version(99n))).rejects.toMatchObject({
      ...{ code: 'NOT_FOUND', reason: 'PRICE_BOOK_UNKNOWN' },
    });
    service.registry.down = true;
    await expect(rerate('alone')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    service.registry.down = false;
    await expect(service.usage().getRerating({ reratingId: 'x' })).rejects.toMatchObject({ code: 'INVALID' });
    expect(await kept()).toBe(before);
  });
});
