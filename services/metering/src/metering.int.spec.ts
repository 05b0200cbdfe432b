import { status } from '@grpc/grpc-js';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { fromGrpcError } from '@gatehouse/grpc';
import type { ServiceError } from '@grpc/grpc-js';
import { apiKeyId, AppError, deriveId, keyLimitIdOf, limitId } from '@gatehouse/kernel';
import { eventually, until } from '@gatehouse/kernel/testing';
import { deadLetters, rebuildProjection } from '@gatehouse/projections';
import { dumpProjection } from '@gatehouse/projections/testing';
import { eventsV1, meteringV1, type provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { createPool } from '@gatehouse/postgres';
import { PostgresBusConsumer } from '@gatehouse/bus-postgres';
import { TOPICS } from '@gatehouse/topology';
import { limitsProjection } from './adapters/postgres/limits.projection';
import { MeteringService, OURS, THEIRS } from './testing/metering-service';

const { PROVISION, WORKSPACE, API_KEY } = meteringV1.ScopeKind;
const { AskLeaseRequest, CloseLeaseRequest, UsageRecord } = meteringV1;
const { BeginJournalRequest, ExchangeRequest, LeaseFinal, LeaseReport, SliceAsk } = meteringV1;

const JOURNAL = deriveId('jnl', 'int');
const prv = (name: string): string => deriveId('prv', name);
const ws = (name: string): string => deriveId('ws', name);
const key = (name: string): string => deriveId('key', name);

const ADJUST = {
  ...{ requestId: 'adjust', reason: 'an invoice', usageRequestId: 'never', attempt: 1, day: '2026-11-10' },
  amountNanoUsd: 1n,
};
const RECONCILE = { fromDay: '2026-11-10', toDay: '2026-11-11', lagSeconds: 0 };

const usd = (
  name: string,
  nanoUsd: bigint,
  period = typeV1.ResetPeriod.MONTHLY,
  more: Partial<typeV1.Budget> = {},
): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    id: deriveId('lim', name),
    kind: {
      $case: 'budget',
      value: { amount: { $case: 'nanoUsd', value: nanoUsd }, reset: { period }, strict: false, ...more },
    },
  });

const rpd = (name: string, quota: bigint): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    id: deriveId('lim', name),
    kind: {
      $case: 'rateLimit',
      value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.DAY, quota },
    },
  });

let asks = 0;
const askOf = (
  scopes: readonly [meteringV1.ScopeKind, string, bigint?][],
  want: Partial<meteringV1.Amounts>,
  more: Partial<meteringV1.AskLeaseRequest> = {},
): meteringV1.AskLeaseRequest =>
  AskLeaseRequest.fromPartial({
    askId: `ask-${++asks}`,
    journalId: JOURNAL,
    incarnation: 1n,
    organizationId: OURS,
    scopes: scopes.map(([kind, id, revision = 0n]) => ({ kind, id, revision })),
    want,
    least: want,
    ...more,
  });

/** Of a journal that has heard of nothing. */
const startOf = (journalId: string, incarnation = 1n): meteringV1.BeginJournalRequest =>
  BeginJournalRequest.fromPartial({ journalId, incarnation });

const recordOf = (more: Partial<meteringV1.UsageRecord>): meteringV1.UsageRecord =>
  UsageRecord.fromPartial({
    requestId: 'req-1',
    attempt: 1,
    organizationId: OURS,
    workspaceId: ws('w'),
    provisionId: prv('p'),
    integrationId: deriveId('int', 'i'),
    apiKeyId: key('gh_w'),
    model: 'small',
    inputTokens: 10n,
    outputTokens: 5n,
    amountNanoUsd: 100n,
    outcome: meteringV1.UsageOutcome.COMPLETED,
    admittedAt: new Date('2026-11-10T10:00:00.123Z'),
    settledAt: new Date('2026-11-10T10:00:01Z'),
    ...more,
  });

const tokenOf = (...cursor: readonly string[]): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

describe('metering', () => {
  let service: MeteringService;
  let store: PostgresEventStore;

  const grantOf = ({ outcome }: meteringV1.AskLeaseResponse): meteringV1.Grant => {
    if (outcome?.$case !== 'grant') throw new Error('not granted');
    return outcome.value;
  };
  const denialOf = ({ outcome }: meteringV1.AskLeaseResponse): meteringV1.Denial => {
    if (outcome?.$case !== 'denial') throw new Error('not denied');
    return outcome.value;
  };
  const close = (leaseId: string, sum: Partial<meteringV1.Amounts>, count = 1n) =>
    service
      .ledger()
      .closeLease(CloseLeaseRequest.fromPartial({ journalId: JOURNAL, leaseId, count, sum, doubt: {} }));
  const stateOf = async (limit: string) => {
    const { limits } = await service
      .budgets()
      .listLimitStates({ scopeIds: [], scopeId: '', pageSize: 0, pageToken: '' });
    return limits.find(({ limitId }) => limitId === deriveId('lim', limit));
  };

  const approval = async (required: boolean): Promise<void> => {
    await service.tell(
      `organization-${OURS}`,
      'OrganizationApprovalChanged',
      eventsV1.OrganizationApprovalChanged.toJSON({ organizationId: OURS, required }),
    );
    const heard = 'SELECT FROM metering_limits.approval_required';
    await eventually(async () => expect((await service.pool.query(heard)).rowCount).toBe(required ? 1 : 0));
  };

  /** Answered once what the ask was made under was heard of. */
  const heard = (request: meteringV1.AskLeaseRequest) => eventually(() => service.ledger().askLease(request));

  beforeAll(async () => {
    service = await MeteringService.start();
    store = PostgresEventStore.connect(service.database.urlAs('metering'));
    await service.issueKey('gh_ours', undefined);
    await service.issueKey('gh_theirs', undefined, [], THEIRS);
    await service.createWorkspace('w', [usd('w', 1_000n, typeV1.ResetPeriod.NEVER)]);
    await service.provision('p', 'w', [usd('p', 500n), rpd('p-rpd', 50n)]);
    await service.issueKey('gh_w', 'w', [usd('k', 400n, typeV1.ResetPeriod.WEEKLY)]);
    await service.createWorkspace('other', [usd('other', 10n)]);
    await service.provision('free', 'w', []);
    await service.issueKey('gh_other', 'other');
    await eventually(() =>
      service
        .budgets({ apiKey: 'gh_other' })
        .listLimitStates({ scopeIds: [], scopeId: '', pageSize: 0, pageToken: '' }),
    );
    await service.ledger().openJournal({ journalId: JOURNAL, incarnation: 1n });
    for (const limit of ['w', 'p', 'p-rpd', 'k', 'other']) {
      await eventually(async () => expect(await stateOf(limit)).toBeDefined());
    }
    // It has no limit that could be seen.
    const free = askOf([[PROVISION, prv('free')]], { nanoUsd: 0n });
    await eventually(() => service.ledger().askLease(free));
  }, 60_000);

  afterAll(async () => {
    await store?.close();
    await service?.stop();
  });

  it('grants against all limits of a request, charges what it cost, and shows where they stand', async () => {
    const scopes: [meteringV1.ScopeKind, string][] = [
      [PROVISION, prv('p')],
      [WORKSPACE, ws('w')],
      [API_KEY, key('gh_w')],
    ];
    const request = askOf(scopes, { nanoUsd: 100n, tokens: 30n, requests: 1n });
    const grant = grantOf(await service.ledger().askLease(request));
    expect(grant).toMatchObject({
      leaseId: expect.stringMatching(/^lse_/),
      cap: { nanoUsd: 100n, tokens: 30n, requests: 1n },
      validForMs: 1_000n,
      strict: false,
    });
    expect(grant.limits.map(({ limitId }) => limitId).sort()).toEqual(
      [deriveId('lim', 'k'), deriveId('lim', 'p-rpd')].sort(),
    );
    expect(grantOf(await service.ledger().askLease(request))).toEqual(grant);
    expect(await stateOf('p')).toMatchObject({ limit: 500n, spent: 0n, held: 100n, scopeKind: PROVISION });
    await close(grant.leaseId, { nanoUsd: 60n, tokens: 20n, requests: 1n });
    await close(grant.leaseId, { nanoUsd: 60n, tokens: 20n, requests: 1n });
    expect(await stateOf('p')).toMatchObject({
      unit: meteringV1.LimitUnit.NANO_USD,
      budget: true,
      spent: 60n,
      held: 0n,
      periodStart: new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 1)),
    });
    expect(await stateOf('p-rpd')).toMatchObject({
      unit: meteringV1.LimitUnit.REQUESTS,
      budget: false,
      spent: 1n,
    });
    expect(await stateOf('other')).toMatchObject({ spent: 0n, held: 0n, limit: 10n });
    expect(denialOf(await service.ledger().askLease(askOf(scopes, { nanoUsd: 341n })))).toMatchObject({
      reason: meteringV1.DenialReason.BUDGET_EXCEEDED,
      limit: { limitId: deriveId('lim', 'k'), limit: 400n, spent: 60n, held: 0n },
      mayFitLater: false,
    });
  });

  it('grants without a lease where no limit applies', async () => {
    const request = askOf([[PROVISION, prv('free')]], { nanoUsd: 5n, tokens: 30n, requests: 1n });
    expect(grantOf(await service.ledger().askLease(request))).toMatchObject({
      leaseId: '',
      cap: { nanoUsd: 5n, tokens: 30n, requests: 1n },
      limits: [],
    });
  });

  it('exchanges finals, reports and asks of a journal in one message, and tells it of limits that change', async () => {
    const journalId = deriveId('jnl', 'exchange');
    const [stream, provisionId] = [`provision-${prv('sliced')}`, prv('sliced')];
    const leases = service.leases();
    await service.provision('sliced', 'w', [usd('sliced', 100n)]);
    expect(await leases.beginJournal(startOf(journalId))).toEqual({
      leases: [],
      lastLease: 0n,
      restored: false,
    });
    const exchange = (more: Partial<meteringV1.ExchangeRequest>) =>
      leases.exchange(ExchangeRequest.fromPartial({ journalId, incarnation: 1n, ...more }));
    const askFor = (askId: string, nanoUsd: bigint): meteringV1.SliceAsk =>
      SliceAsk.fromPartial({
        askId,
        organizationId: OURS,
        scopes: [{ kind: PROVISION, id: provisionId }],
        want: { nanoUsd },
        least: { nanoUsd },
      });
    await until(
      async () => (await exchange({ asks: [askFor('a', 40n)] })).answers[0]?.outcome?.$case === 'grant',
    );
    const { answers } = await exchange({ asks: [askFor('a', 40n), askFor('b', 10n), askFor('c', 90n)] });
    expect(answers.map(({ outcome }) => outcome?.$case)).toEqual(['grant', 'grant', 'denial']);
    const begun = await leases.beginJournal(startOf(journalId));
    expect(begun).toMatchObject({
      lastLease: 2n,
      leases: [
        { number: 1n, cap: 40n },
        { number: 2n, cap: 10n },
      ],
    });
    const closing = { ...begun.leases[0], count: 2n, sum: 33n, doubt: 3n } as meteringV1.LeaseFinal;
    const report = LeaseReport.fromPartial({ number: 2n, sequence: 1n, cap: 10n, count: 1n, sum: 4n });
    const said = { finals: [closing], reports: [report, { ...report, number: 5n }], lastLease: 2n };
    // The ask finds what the final gave back.
    expect(await exchange({ ...said, asks: [askFor('d', 57n)] })).toMatchObject({
      answers: [{ outcome: { $case: 'grant', value: { leases: [{ number: 3n, cap: 57n }] } } }],
      gone: [5n],
      recalled: [],
      validForMs: 1_000n,
    });
    expect(await stateOf('sliced')).toMatchObject({ spent: 37n, held: 63n, doubt: 3n });

    const notices: meteringV1.WatchLeasesResponse[] = [];
    const watched = service.watchLeases({ journalId, incarnation: 1n }, (notice) => notices.push(notice));
    await service.tell(
      stream,
      'ProvisionLimitsChanged',
      eventsV1.ProvisionLimitsChanged.toJSON({ provisionId, limits: [usd('sliced', 6n)] }),
    );
    await until(() => notices.length > 0);
    const changed = { scopes: [{ kind: PROVISION, id: provisionId, revision: 1n }] };
    expect(notices).toEqual([{ notice: { $case: 'changed', value: changed } }]);
    const later = { ...report, sequence: 2n };
    expect(await exchange({ reports: [later] })).toMatchObject({ gone: [], recalled: [2n] });
    // The stream may end before the answer comes.
    const ended = expect(watched).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    await leases.beginJournal(startOf(journalId, 2n));
    await ended;
    await expect(exchange({ reports: [later] })).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
  });

  it('keeps who waits in line, tells who holds the limit, and answers through the stream', async () => {
    const journalId = deriveId('jnl', 'waiting');
    const leases = service.leases();
    await service.provision('waited', 'w', [usd('waited', 100n)]);
    await leases.beginJournal(startOf(journalId));
    const notices: meteringV1.WatchLeasesResponse[] = [];
    const watched = service.watchLeases({ journalId, incarnation: 1n }, (notice) => notices.push(notice));
    const exchange = (more: Partial<meteringV1.ExchangeRequest>) =>
      leases.exchange(ExchangeRequest.fromPartial({ journalId, incarnation: 1n, ...more }));
    const ask = (askId: string, nanoUsd: bigint, waitMs: number): meteringV1.SliceAsk =>
      SliceAsk.fromPartial({
        askId,
        organizationId: OURS,
        scopes: [{ kind: PROVISION, id: prv('waited') }],
        ...{ want: { nanoUsd }, least: { nanoUsd }, waitMs },
      });
    await until(
      async () => (await exchange({ asks: [ask('known', 1n, 0)] })).answers[0]?.outcome?.$case === 'grant',
    );
    const asks = [ask('before', 60n, 0), ask('head', 70n, 60_000), ask('leaves', 50n, 60_000)];
    const report = LeaseReport.fromPartial({ number: 2n, sequence: 1n });
    // At once, before the lease falls silent.
    const [{ answers, wantedLimitIds, wantedTurns }, reported] = await Promise.all([
      exchange({ asks }),
      exchange({ withdrawn: ['leaves'], reports: [report] }),
    ]);
    expect(answers.map(({ outcome }) => outcome?.$case)).toEqual(['grant', 'waiting', 'waiting']);
    // Whoever asks for leases of it, or reports them, hears so as well.
    expect([wantedLimitIds, reported.wantedLimitIds]).toEqual([
      [deriveId('lim', 'waited')],
      [deriveId('lim', 'waited')],
    ]);
    const [granted] = answers;
    const turn = granted?.outcome?.$case === 'grant' ? granted.outcome.value.leases[0]?.turn : undefined;
    // What was granted before those who wait came.
    expect(wantedTurns).toEqual([expect.any(BigInt)]);
    expect(wantedTurns[0]).toBeGreaterThan(turn ?? 2n ** 62n);
    expect(answers[2]?.outcome?.value).toMatchObject({ ahead: 1, limit: { limit: 100n, held: 61n } });
    const wanted = {
      notice: {
        $case: 'wanted',
        value: { limitIds: [deriveId('lim', 'waited')], turns: [expect.any(BigInt)] },
      },
    };
    const grant = { $case: 'grant', value: { leases: [{ cap: 70n }] } };
    const answered = { notice: { $case: 'answered', value: { askId: 'head', answer: { outcome: grant } } } };
    await until(() => notices.some(({ notice }) => notice?.$case === 'calm'));
    expect(notices[0]).toEqual(wanted);
    // Who left may be told so first.
    const isOfHead = ({ notice }: meteringV1.WatchLeasesResponse) =>
      notice?.$case === 'answered' && notice.value.askId === 'head';
    expect(notices.find(isOfHead)).toMatchObject(answered);
    expect(await exchange({ asks: [ask('leaves', 50n, 0)] })).toMatchObject({
      answers: [{ outcome: { $case: 'denial' } }],
    });
    // The stream may end before the answer comes.
    const ended = expect(watched).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    await leases.beginJournal(startOf(journalId, 2n));
    await ended;
  });

  it('tells the operator which journals hold leases, and does with silent and restored ones what he says', async () => {
    const journalId = deriveId('jnl', 'gone');
    const leases = service.leases();
    const journals = service.journals();
    await service.provision('gone', 'w', [usd('gone', 100n)]);
    await leases.beginJournal(startOf(journalId));
    const ask = (askId: string, nanoUsd: bigint) => ({
      askId,
      organizationId: OURS,
      scopes: [{ kind: PROVISION, id: prv('gone') }],
      want: { nanoUsd },
      least: { nanoUsd },
    });
    const exchange = (more: object) =>
      leases.exchange(ExchangeRequest.fromPartial({ journalId, incarnation: 1n, ...more }));
    await until(
      async () => (await exchange({ asks: [ask('a', 40n)] })).answers[0]?.outcome?.$case === 'grant',
    );
    const stateIn = async () =>
      (await journals.listJournals({ pageSize: 1_000, pageToken: '' })).journals.find(
        (found) => found.journalId === journalId,
      );
    expect(await stateIn()).toMatchObject({ openLeases: 1, quarantinedLeases: 0 });
    expect((await journals.listJournals({ pageSize: 1, pageToken: '' })).journals).toHaveLength(1);
    const reason = 'the machine is gone';
    expect(await journals.releaseQuarantine({ journalId, reason })).toEqual({ released: 0 });
    await until(async () => (await stateIn())?.quarantinedLeases === 1);
    expect(await stateOf('gone')).toMatchObject({ held: 40n, quarantined: 40n });
    const { exceptions } = await service.books().reconcile(RECONCILE);
    const { eventId } = exceptions.find(({ limitId }) => limitId === deriveId('lim', 'gone')) ?? {};
    await eventually(async () =>
      expect((await store.read(`budget-${deriveId('lim', 'gone')}`)).at(-1)).toMatchObject({
        type: 'LeaseQuarantined',
        id: eventId,
      }),
    );
    await expect(journals.releaseQuarantine({ journalId, reason: '' })).rejects.toMatchObject({
      code: 'INVALID',
    });
    expect(await journals.releaseQuarantine({ journalId, reason })).toEqual({ released: 1 });
    expect(await stateOf('gone')).toMatchObject({ held: 0n, quarantined: 0n });
    expect(await stateIn()).toBeUndefined();
    await eventually(async () =>
      expect((await store.read(`budget-${deriveId('lim', 'gone')}`)).at(-1)).toMatchObject({
        type: 'QuarantineReleased',
        data: { cap: '40', reason },
        metadata: { actor: { kind: 'operator', id: 'operator' }, reason, command: 'ReleaseQuarantine' },
      }),
    );

    await expect(journals.recoverLedger({ reason })).rejects.toMatchObject({ reason: 'LEDGER_NOT_RESTORED' });
    // Two more hold something; one of them goes on reporting.
    const silent = deriveId('jnl', 'silent since');
    await leases.beginJournal(startOf(silent));
    const ofSilent = { journalId: silent, asks: [ask('s', 1n)] };
    expect((await exchange(ofSilent)).answers[0]?.outcome?.$case).toBe('grant');
    const { answers } = await exchange({ asks: [ask('held', 1n)] });
    const held = answers[0]?.outcome?.$case === 'grant' ? answers[0].outcome.value.leases[0]?.number : 0n;
    await exchange({ lastLease: 7n });
    await exchange({
      lastLease: 7n,
      reports: [LeaseReport.fromPartial({ number: held ?? 0n, sequence: 1n, cap: 1n })],
    });
    const refused = { outcome: { $case: 'refused', value: { reason: 'LEDGER_RESTORED' } } };
    expect((await exchange({ lastLease: 7n, asks: [ask('b', 1n)] })).answers).toEqual([refused]);
    expect((await journals.listJournals({ pageSize: 1, pageToken: '' })).restoredNoticedAt).toBeInstanceOf(
      Date,
    );
    const { unheard } = await journals.recoverLedger({ reason });
    expect(unheard.map(({ journalId: id }) => id)).toContain(silent);
    expect(unheard.map(({ journalId: id }) => id)).not.toContain(journalId);
    expect((await exchange({ lastLease: 7n, asks: [ask('b', 1n)] })).answers[0]?.outcome?.$case).toBe(
      'grant',
    );
  });

  it('gives back what silent gateways hold of a budget, as its admin says, and nothing that falls silent later', async () => {
    const limitId = deriveId('lim', 'held');
    const leases = service.leases();
    await service.provision('held', 'w', [usd('held', 100n)]);
    const hold = async (name: string, nanoUsd: bigint) => {
      const journalId = deriveId('jnl', name);
      await leases.beginJournal(startOf(journalId));
      const scopes = [{ kind: PROVISION, id: prv('held') }];
      const ask = { askId: 'a', organizationId: OURS, scopes, want: { nanoUsd }, least: { nanoUsd } };
      const exchange = ExchangeRequest.fromPartial({ journalId, incarnation: 1n, asks: [ask] });
      await until(async () => (await leases.exchange(exchange)).answers[0]?.outcome?.$case === 'grant');
    };
    const release = (requestId: string, reason = 'both machines are gone', apiKey = 'gh_ours') =>
      service.budgets({ apiKey }).releaseHeld({ requestId, reason, limitId });
    await hold('held by one', 30n);
    await hold('held by another', 20n);
    await until(async () => (await stateOf('held'))?.quarantined === 50n);
    expect(await release('release it')).toMatchObject({
      ...{ released: 2, budget: { remaining: 100n, state: { held: 0n, quarantined: 0n } } },
    });
    await hold('held since', 10n);
    await until(async () => (await stateOf('held'))?.quarantined === 10n);
    expect(await release('release it')).toMatchObject({
      released: 0,
      budget: { state: { quarantined: 10n } },
    });
    await expect(release('release it', 'another')).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
    await expect(release('theirs', 'why', 'gh_theirs')).rejects.toMatchObject({ reason: 'LIMIT_UNKNOWN' });
    await expect(release('no reason', '')).rejects.toMatchObject({ code: 'INVALID' });
    await eventually(async () => {
      const told = (await store.read(`budget-${limitId}`)).filter(
        ({ type }) => type === 'QuarantineReleased',
      );
      expect(told).toHaveLength(2);
      expect(told[0]?.metadata).toMatchObject({
        ...{ actor: { kind: 'apiKey', id: key('gh_ours') }, requestId: 'release it', command: 'ReleaseHeld' },
      });
    });
  });

  it('refuses an exchange that says what cannot be, and does nothing of it', async () => {
    const journalId = deriveId('jnl', 'malformed');
    const leases = service.leases();
    await leases.beginJournal(startOf(journalId));
    const malformed: Partial<meteringV1.ExchangeRequest>[] = [
      { journalId: 'me' },
      { incarnation: 0n },
      { lastLease: -1n },
      { finals: [LeaseFinal.fromPartial({ number: 1n })] },
      { reports: [LeaseReport.fromPartial({ number: 1n, sequence: 1n, sum: 1n, doubt: 2n })] },
      { reports: Array.from({ length: 2_049 }, () => LeaseReport.fromPartial({ number: 1n, sequence: 1n })) },
      { unlimitedScopes: [{ kind: PROVISION, id: 'me', revision: 0n }] },
      { unlimitedScopes: [{ kind: PROVISION, id: prv('p'), revision: -1n }] },
      {
        unlimitedScopes: Array.from({ length: 1_025 }, () => ({
          ...{ kind: PROVISION, id: prv('p'), revision: 0n },
        })),
      },
      { asks: [SliceAsk.fromPartial({ askId: 'a', organizationId: OURS, want: {}, least: {} })] },
      { asks: [SliceAsk.fromPartial({ askId: '', scopes: [{ kind: PROVISION, id: prv('p') }] })] },
    ];
    for (const more of malformed) {
      const request = ExchangeRequest.fromPartial({ journalId, incarnation: 1n, ...more });
      await expect(leases.exchange(request)).rejects.toMatchObject({ code: 'INVALID' });
    }
    const fullest = Array.from({ length: 2_048 }, (_, index) =>
      LeaseReport.fromPartial({ number: BigInt(index + 1), sequence: 1n }),
    );
    const { gone } = await leases.exchange(
      ExchangeRequest.fromPartial({ journalId, incarnation: 1n, reports: fullest }),
    );
    expect(gone).toHaveLength(2_048);
  });

  it('waits a moment for limits that are on their way, and answers UNAVAILABLE after it', async () => {
    const unheard = askOf([[PROVISION, prv('later')]], { nanoUsd: 5n });
    const began = Date.now();
    await expect(service.ledger().askLease(unheard)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'SCOPE_NOT_SEEN',
    });
    expect(Date.now() - began).toBeGreaterThan(250);
    const asked = eventually(() => service.ledger().askLease(unheard));
    await service.provision('later', 'w', [usd('later', 4n)]);
    expect(denialOf(await asked)).toMatchObject({ limit: { limit: 4n } });
    const changing = askOf([[PROVISION, prv('later'), 1n]], { nanoUsd: 5n });
    const changed = eventually(() => service.ledger().askLease(changing));
    await service.tell(
      `provision-${prv('later')}`,
      'ProvisionLimitsChanged',
      eventsV1.ProvisionLimitsChanged.toJSON({ provisionId: prv('later'), limits: [usd('later', 6n)] }),
    );
    const { leaseId } = grantOf(await changed);
    await close(leaseId, {}, 0n);
    // An event that does not speak of limits moves the revision too.
    await service.tell(`provision-${prv('later')}`, 'ProvisionDisabled', { provisionId: prv('later') });
    const third = await eventually(() =>
      service.ledger().askLease(askOf([[PROVISION, prv('later'), 2n]], { nanoUsd: 5n })),
    );
    await close(grantOf(third).leaseId, {}, 0n);
  });

  it('obeys the ends of provisions and raises that it heard of', async () => {
    const [later, past] = [new Date('2999-01-01T00:00:00Z'), new Date('2020-01-01T00:00:00Z')];
    const limit = usd('ends', 10n);
    const stream = `provision-${prv('ends')}`;
    const provisionId = prv('ends');
    await service.provision('ends', 'w', [limit]);
    const ask = (revision: bigint, nanoUsd: bigint) =>
      askOf([[PROVISION, provisionId, revision]], { nanoUsd });
    expect(denialOf(await heard(ask(0n, 11n))).limit).toMatchObject({ limit: 10n });
    const raised = {
      provisionId,
      limitId: limit.id,
      limits: [{ ...limit, raise: { more: 5n, until: later } }],
    };
    const told = eventsV1.ProvisionLimitRaised;
    await service.tell(stream, 'ProvisionLimitRaised', told.toJSON(told.fromPartial(raised)));
    expect(grantOf(await heard(ask(1n, 11n))).limits).toMatchObject([{ limit: 15n, held: 11n }]);
    expect(await stateOf('ends')).toMatchObject({ limit: 15n });
    const over = { ...raised, limits: [{ ...limit, raise: { more: 5n, until: past } }] };
    await service.tell(stream, 'ProvisionLimitRaised', told.toJSON(told.fromPartial(over)));
    expect(denialOf(await heard(ask(2n, 1n))).limit).toMatchObject({ limit: 10n, held: 11n });
    const expiry = eventsV1.ProvisionExpiryChanged;
    await service.tell(stream, 'ProvisionExpiryChanged', expiry.toJSON({ provisionId, expiresAt: past }));
    const expired = ask(3n, 0n);
    await eventually(() =>
      expect(service.ledger().askLease(expired)).rejects.toMatchObject({
        code: 'REFUSED',
        reason: 'SCOPE_EXPIRED',
      }),
    );
    await service.tell(stream, 'ProvisionExpiryChanged', expiry.toJSON({ provisionId }));
    expect(denialOf(await heard(ask(4n, 1n))).limit).toMatchObject({ held: 11n });
  });

  it('holds the limits of organization, integration and each key of a workspace, and none that it has not heard of', async () => {
    const { INTEGRATION, ORGANIZATION, WORKSPACE_KEY } = meteringV1.ScopeKind;
    const integrationId = deriveId('int', 'capped');
    const created = eventsV1.OrganizationCreated.toJSON({ organizationId: OURS, name: 'Ours' });
    const ask = (scopes: Parameters<typeof askOf>[0], nanoUsd: bigint) =>
      service.ledger().askLease(askOf(scopes, { nanoUsd }));
    const capped: [meteringV1.ScopeKind, string, bigint][] = [
      [ORGANIZATION, OURS, 1n],
      [INTEGRATION, integrationId, 0n],
    ];
    await expect(ask(capped, 1n)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'SCOPE_NOT_SEEN' });
    await service.tell(`organization-${OURS}`, 'OrganizationCreated', created);
    await expect(ask(capped.slice(0, 1), 1n)).rejects.toMatchObject({ reason: 'SCOPE_NOT_SEEN' });
    await service.tell(
      `organization-${OURS}`,
      'OrganizationLimitsChanged',
      eventsV1.OrganizationLimitsChanged.toJSON({ organizationId: OURS, limits: [usd('cap', 100n)] }),
    );
    await service.tell(
      `integrationlimits-${integrationId}`,
      'IntegrationLimitsChanged',
      eventsV1.IntegrationLimitsChanged.toJSON({
        organizationId: OURS,
        integrationId,
        limits: [usd('int-cap', 90n)],
      }),
    );
    expect(denialOf(await heard(askOf(capped, { nanoUsd: 95n }))).limit).toMatchObject({
      scopeKind: INTEGRATION,
      scopeId: integrationId,
    });
    grantOf(await heard(askOf(capped, { nanoUsd: 60n })));
    expect(await stateOf('cap')).toMatchObject({ scopeKind: ORGANIZATION, scopeId: OURS, held: 60n });
    const strangers = askOf([capped[0]!], { nanoUsd: 1n }, { organizationId: THEIRS });
    await expect(service.ledger().askLease(strangers)).rejects.toMatchObject({
      reason: 'SCOPE_OF_ANOTHER_ORGANIZATION',
    });

    // One key is there before the template, one comes after it.
    await service.createWorkspace('tpl', []);
    await service.issueKey('gh_tpl1', 'tpl');
    const template = (...limit: typeV1.Limit[]) =>
      service.tell(
        `workspace-${ws('tpl')}`,
        'WorkspaceKeyLimitsChanged',
        eventsV1.WorkspaceKeyLimitsChanged.toJSON({ workspaceId: ws('tpl'), limits: limit }),
      );
    const byTemplate = (name: string, revision: bigint, nanoUsd: bigint) =>
      heard(askOf([[WORKSPACE_KEY, key(name), revision]], { nanoUsd }));
    const unheard = (name: string, revision: bigint) => ask([[WORKSPACE_KEY, key(name), revision]], 1n);
    await expect(unheard('gh_tpl1', 1n)).rejects.toMatchObject({ reason: 'SCOPE_NOT_SEEN' });
    await template(usd('each', 10n));
    await service.issueKey('gh_tpl2', 'tpl', [usd('own', 4n)]);
    grantOf(await byTemplate('gh_tpl1', 1n, 10n));
    // What one has spent is not the other's, and its own limit stands beside it.
    const both: [meteringV1.ScopeKind, string, bigint][] = [
      [API_KEY, key('gh_tpl2'), 0n],
      [WORKSPACE_KEY, key('gh_tpl2'), 1n],
    ];
    expect(denialOf(await heard(askOf(both, { nanoUsd: 5n }))).limit).toMatchObject({ scopeKind: API_KEY });
    grantOf(await heard(askOf(both, { nanoUsd: 3n })));
    const { limits: states } = await service
      .budgets()
      .listLimitStates({ scopeIds: [], scopeId: key('gh_tpl2'), pageSize: 0, pageToken: '' });
    expect(states.map(({ scopeKind, limit, held }) => [scopeKind, limit, held])).toEqual([
      [API_KEY, 4n, 3n],
      [WORKSPACE_KEY, 10n, 3n],
    ]);
    // Whoever knows the template knows the id.
    const each = limitId(deriveId('lim', 'each'));
    expect(states[1]?.limitId).toBe(keyLimitIdOf(each, apiKeyId(key('gh_tpl2'))));
    await template(usd('each', 7n));
    // Each keeps what it had spent.
    expect(denialOf(await byTemplate('gh_tpl1', 2n, 1n)).limit).toMatchObject({ limit: 7n, held: 10n });
    await template();
    expect(grantOf(await byTemplate('gh_tpl1', 3n, 1_000n)).leaseId).toBe('');
    await expect(unheard('gh_tpl1', 4n)).rejects.toMatchObject({ reason: 'SCOPE_NOT_SEEN' });
  });

  it('records what happens to budgets as events, each once', async () => {
    await service.provision('events', 'w', [usd('events', 100n)]);
    const ask = askOf([[PROVISION, prv('events')]], { nanoUsd: 95n });
    const { leaseId } = grantOf(await eventually(() => service.ledger().askLease(ask)));
    await close(leaseId, { nanoUsd: 120n });
    const stream = `budget-${deriveId('lim', 'events')}`;
    await eventually(async () => expect(await store.read(stream)).toHaveLength(6));
    const events = await store.read(stream);
    expect(events.map(({ type }) => type).sort()).toEqual([
      'BudgetExhausted',
      'BudgetThresholdCrossed',
      'BudgetThresholdCrossed',
      'BudgetThresholdCrossed',
      'BudgetThresholdCrossed',
      'HoldExceeded',
    ]);
    expect(events.find(({ type }) => type === 'HoldExceeded')).toMatchObject({
      data: { limitId: deriveId('lim', 'events'), leaseId, cap: '95', charged: '120' },
      metadata: { organizationId: OURS, actor: { kind: 'service', id: 'metering' } },
    });
    await eventually(async () => {
      const { rows } = await service.pool.query('SELECT * FROM metering.pending_event');
      expect(rows).toEqual([]);
    });
  });

  it('tells where a budget stands, and of limits that change while nobody asks', async () => {
    const { MONTHLY } = typeV1.ResetPeriod;
    const alerts = { alerts: { percents: [70] } };
    const scoped = [[PROVISION, prv('watched')]] satisfies Parameters<typeof askOf>[0];
    await service.provision('watched', 'w', [usd('watched', 100n, MONTHLY, alerts)]);
    const cheap = grantOf(await heard(askOf(scoped, { nanoUsd: 20n })));
    const { leaseId } = grantOf(await heard(askOf(scoped, { nanoUsd: 40n })));
    const id = deriveId('lim', 'watched');
    const told: meteringV1.BudgetStanding[] = [];
    const stream = service.budgets().watchBudget({ limitId: id });
    stream.on('data', ({ budget }: meteringV1.WatchBudgetResponse) => budget && told.push(budget));
    stream.on('error', () => undefined);
    await eventually(async () =>
      expect(told.at(-1)).toMatchObject({ remaining: 40n, thresholdsCrossed: [] }),
    );
    await close(cheap.leaseId, { nanoUsd: 20n });
    await close(leaseId, { nanoUsd: 40n });
    await eventually(async () => expect(told.at(-1)).toMatchObject({ state: { spent: 60n, held: 0n } }));
    await service.tell(
      `provision-${prv('watched')}`,
      'ProvisionLimitsChanged',
      eventsV1.ProvisionLimitsChanged.toJSON({
        provisionId: prv('watched'),
        limits: [usd('watched', 75n, MONTHLY, alerts)],
      }),
    );
    await eventually(async () =>
      expect(await store.read(`budget-${id}`)).toMatchObject([
        { type: 'BudgetThresholdCrossed', data: { percent: 70, limit: '75', spent: '60' } },
        { type: 'BudgetExhausted', data: { limit: '75', cheapest: '20' } },
      ]),
    );
    await eventually(async () => expect(told.at(-1)).toMatchObject({ thresholdsCrossed: [70] }));
    stream.cancel();
    expect((await service.budgets().getBudget({ limitId: id })).budget).toMatchObject({
      state: { limitId: id, scopeId: prv('watched'), limit: 75n, spent: 60n, exhausted: true },
      remaining: 15n,
      thresholds: [70],
      thresholdsCrossed: [70],
    });
    const strangers = service.budgets({ apiKey: 'gh_theirs' });
    await expect(strangers.getBudget({ limitId: id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      reason: 'LIMIT_UNKNOWN',
    });
  });

  it('begins a budget anew where an admin says so, and not where a second admin is wanted', async () => {
    const id = deriveId('lim', 'anew');
    const scoped = [[PROVISION, prv('anew')]] satisfies Parameters<typeof askOf>[0];
    await service.provision('anew', 'w', [usd('anew', 100n), rpd('anew-rpd', 5n)]);
    const { leaseId } = grantOf(await heard(askOf(scoped, { nanoUsd: 100n, requests: 1n })));
    await close(leaseId, { nanoUsd: 100n, requests: 1n });
    const request = { requestId: 'reset anew', reason: 'a demo', limitId: id };
    const reset = (more: Partial<typeof request> = {}, apiKey = 'gh_ours') =>
      service.budgets({ apiKey }).resetBudget({ ...request, ...more });
    expect((await reset()).budget).toMatchObject({ remaining: 100n, state: { spent: 0n, exhausted: false } });
    expect((await reset()).budget).toMatchObject({ remaining: 100n });
    grantOf(await service.ledger().askLease(askOf(scoped, { nanoUsd: 100n, requests: 1n })));
    await eventually(async () => {
      const events = await store.read(`budget-${id}`);
      expect(events.filter(({ type }) => type === 'BudgetReset')).toMatchObject([
        {
          data: { spent: '100', limit: '100' },
          metadata: {
            ...{ reason: 'a demo', requestId: 'reset anew', command: 'ResetBudget' },
            actor: { kind: 'apiKey', id: key('gh_ours') },
          },
        },
      ]);
      expect(events.filter(({ type }) => type === 'PeriodClosed')).toMatchObject([
        { data: { spent: '100' } },
      ]);
    });
    const waive = { requestId: 'waive anew', reason: 'the invoice has none', limitId: id };
    expect((await service.budgets().waiveDoubt(waive)).budget).toMatchObject({ state: { doubt: 0n } });
    await expect(service.budgets({ apiKey: 'gh_theirs' }).waiveDoubt(waive)).rejects.toMatchObject({
      reason: 'LIMIT_UNKNOWN',
    });
    const reused = { code: 'CONFLICT', reason: 'REQUEST_ID_REUSED' };
    await expect(reset({ reason: 'another' })).rejects.toMatchObject(reused);
    await expect(reset({ requestId: waive.requestId })).rejects.toMatchObject(reused);
    const another = { ...waive, reason: 'another' };
    await expect(service.budgets().waiveDoubt(another)).rejects.toMatchObject(reused);
    const { requestId } = waive;
    const adjusted = {
      requestId,
      reason: 'r',
      usageRequestId: 'u',
      attempt: 1,
      day: '2026-11-01',
      amountNanoUsd: 1n,
    };
    await expect(service.usage().adjustUsage(adjusted)).rejects.toMatchObject(reused);
    const rate = deriveId('lim', 'anew-rpd');
    await expect(reset({ requestId: 'rate', limitId: rate })).rejects.toMatchObject({
      reason: 'LIMIT_IS_NO_BUDGET',
    });
    await expect(reset({ requestId: 'why', reason: '' })).rejects.toMatchObject({
      reason: 'REQUEST_INVALID',
    });
    await expect(reset({ requestId: 'theirs' }, 'gh_theirs')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await approval(true);
    const wanted = { code: 'REFUSED', reason: 'APPROVAL_REQUIRED' };
    // Where there is nothing to waive or to release nobody is asked.
    expect((await service.budgets().waiveDoubt(waive)).budget).toMatchObject({ state: { doubt: 0n } });
    expect(await service.budgets().releaseHeld({ ...waive, requestId: 'alone too' })).toMatchObject({
      released: 0,
    });
    const alone = { requestId: 'alone', limitId: id };
    const proposal = deriveId('prp', 'alone');
    await expect(reset(alone)).rejects.toMatchObject({ ...wanted, metadata: { proposal, status: 'open' } });
    const made = service.desk.proposed.at(-1) as provisioningV1.ProposeResetRequest;
    expect(made).toMatchObject({
      organizationId: OURS,
      reset: { request: { ...alone, reason: 'a demo' } },
      scopes: ['policies.update'],
      proposedBy: { kind: typeV1.ActorKind.API_KEY, id: key('gh_ours') },
    });
    service.desk.down = true;
    await expect(reset({ requestId: 'nobody to decide' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    service.desk.down = false;
    const resets = async () =>
      (await store.read(`budget-${id}`)).filter(({ type }) => type === 'BudgetReset').slice(1);
    expect(await resets()).toEqual([]);
    const { organizationId, reset: proposed, proposedBy } = made;
    const approved = { organizationId, reset: proposed, proposedBy, causationId: 'approval' };
    const carryOut = (fields: Partial<typeof approved> = {}, serviceToken = 'provisioning-token') =>
      service.budgets({ serviceToken }).carryOutReset({ ...approved, ...fields });
    // Only provisioning says what is approved.
    for (const other of ['gateway-token', 'metering-token', 'operator-token'])
      await expect(carryOut({}, other)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(carryOut({ organizationId: THEIRS })).rejects.toMatchObject({ reason: 'LIMIT_UNKNOWN' });
    await expect(
      carryOut({ reset: { ...proposed, periodStart: new Date(0) } as never }),
    ).rejects.toMatchObject({
      reason: 'REVISION_MISMATCH',
    });
    for (const bad of [{ reset: undefined }, { proposedBy: undefined }, { causationId: '' }])
      await expect(carryOut(bad)).rejects.toMatchObject({ reason: 'REQUEST_INVALID' });
    await Promise.all([carryOut(), carryOut()]);
    await carryOut();
    await eventually(async () => expect(await resets()).toHaveLength(1));
    expect((await resets())[0]?.metadata).toMatchObject({
      ...{ reason: 'a demo', requestId: 'alone', command: 'ResetBudget', causationId: 'approval' },
      actor: { kind: 'apiKey', id: key('gh_ours') },
    });
    // The request itself is answered as if nobody had had to approve it.
    expect((await reset(alone)).budget).toMatchObject({ remaining: 100n });
    await approval(false);
    await reset({ requestId: 'alone again' });
    expect(await resets()).toHaveLength(1);
  });

  it('quarantines what falls silent, and lets its journal speak again', async () => {
    await service.provision('silent', 'w', [usd('silent', 100n)]);
    const [silent, renewed] = await Promise.all(
      [1, 2].map(() =>
        eventually(() => service.ledger().askLease(askOf([[PROVISION, prv('silent')]], { nanoUsd: 40n }))),
      ),
    ).then((answers) => answers.map((answer) => grantOf(answer).leaseId) as [string, string]);
    const alive = setInterval(
      () => void service.ledger().renewLeases({ journalId: JOURNAL, incarnation: 1n, leaseIds: [renewed] }),
      200,
    );
    await eventually(async () =>
      expect(await stateOf('silent')).toMatchObject({ held: 80n, quarantined: 40n, spent: 0n }),
    );
    clearInterval(alive);
    await eventually(async () =>
      expect(await store.read(`budget-${deriveId('lim', 'silent')}`)).toMatchObject([
        { type: 'LeaseQuarantined', data: { leaseId: silent, journalId: JOURNAL, cap: '40' } },
      ]),
    );
    const { leases } = await service.ledger().openJournal({ journalId: JOURNAL, incarnation: 1n });
    expect(leases.map(({ leaseId }) => leaseId)).toEqual(expect.arrayContaining([silent, renewed]));
    await close(silent, { nanoUsd: 1n });
    await close(renewed, { nanoUsd: 2n });
    expect(await stateOf('silent')).toMatchObject({ held: 0n, quarantined: 0n, spent: 3n });
  });

  it('returns and renewals move what they say', async () => {
    await service.provision('back', 'w', [usd('back', 100n)]);
    const ask = askOf([[PROVISION, prv('back')]], { nanoUsd: 80n });
    const { leaseId } = grantOf(await eventually(() => service.ledger().askLease(ask)));
    await service.ledger().returnLease({
      journalId: JOURNAL,
      leaseId,
      sequence: 1n,
      cap: meteringV1.Amounts.fromPartial({ nanoUsd: 30n }),
    });
    expect(await stateOf('back')).toMatchObject({ held: 30n });
    const unknown = deriveId('lse', 'unknown');
    expect(
      await service
        .ledger()
        .renewLeases({ journalId: JOURNAL, incarnation: 1n, leaseIds: [leaseId, unknown] }),
    ).toEqual({ gone: [unknown], validForMs: 1_000n });
    await close(leaseId, { nanoUsd: 10n });
    expect(await stateOf('back')).toMatchObject({ held: 0n, spent: 10n });
  });

  describe('usage', () => {
    const records = (more: Partial<meteringV1.ListUsageRecordsRequest> = {}, apiKey = 'gh_ours') =>
      service.usage({ apiKey }).listUsageRecords(meteringV1.ListUsageRecordsRequest.fromPartial(more));
    const usage = (more: Partial<meteringV1.GetUsageRequest> = {}, apiKey = 'gh_ours') =>
      service.usage({ apiKey }).getUsage(meteringV1.GetUsageRequest.fromPartial(more));

    beforeAll(async () => {
      const known = [
        recordOf({ requestId: 'req-1' }),
        recordOf({ requestId: 'req-1', attempt: 2, admittedAt: new Date('2026-11-10T10:00:00.124Z') }),
        recordOf({
          requestId: 'req-2',
          model: 'large',
          amountNanoUsd: 7n,
          admittedAt: new Date('2026-11-11T23:59:59.999Z'),
        }),
        recordOf({
          requestId: 'req-3',
          workspaceId: ws('other'),
          provisionId: prv('o'),
          apiKeyId: key('gh_other'),
        }),
      ];
      const partly = recordOf({
        requestId: 'req-4',
        inputTokens: undefined,
        outputTokens: undefined,
        amountNanoUsd: undefined,
        doubtNanoUsd: 900n,
        outcome: meteringV1.UsageOutcome.UNKNOWN,
        admittedAt: new Date('2026-11-12T00:00:00Z'),
      });
      await service.record(...known, partly);
      await service.record(...known);
      await service.record(recordOf({ requestId: 'req-1', amountNanoUsd: 1_000_000n }));
      await eventually(async () => expect((await records()).records).toHaveLength(5));
    });

    it('lists records newest first, page by page, each once and as it was first told', async () => {
      const seen: meteringV1.UsageRecord[] = [];
      for (let pageToken = ''; ;) {
        const page = await records({ pageSize: 2, pageToken });
        seen.push(...page.records);
        expect(page.records.length).toBeLessThanOrEqual(2);
        if ((pageToken = page.nextPageToken) === '') break;
      }
      expect(seen.map(({ requestId, attempt }) => `${requestId}.${attempt}`)).toEqual([
        'req-4.1',
        'req-2.1',
        'req-1.2',
        'req-1.1',
        'req-3.1',
      ]);
      expect(seen[3]).toEqual(recordOf({ requestId: 'req-1' }));
      expect(seen[0]).toMatchObject({ inputTokens: undefined, amountNanoUsd: undefined, doubtNanoUsd: 900n });
    });

    it('goes on only in the list that a page token is of', async () => {
      const { nextPageToken: pageToken } = await records({ pageSize: 1, model: 'small' });
      expect((await records({ pageSize: 1, model: 'small', pageToken })).records).toHaveLength(1);
      await expect(records({ pageSize: 1, pageToken })).rejects.toMatchObject({
        reason: 'PAGE_TOKEN_MALFORMED',
      });
    });

    it('filters, and shows a workspace key its own workspace only', async () => {
      expect((await records({ workspaceId: ws('other') })).records).toHaveLength(1);
      expect((await records({ apiKeyId: key('gh_w') })).records).toHaveLength(4);
      expect((await records({ provisionId: prv('o') })).records).toHaveLength(1);
      expect((await records({}, 'gh_other')).records.map(({ requestId }) => requestId)).toEqual(['req-3']);
      expect((await records({}, 'gh_theirs')).records).toEqual([]);
      await expect(records({ workspaceId: ws('w') }, 'gh_other')).rejects.toMatchObject({
        code: 'FORBIDDEN',
        reason: 'WORKSPACE_FORBIDDEN',
      });
      expect((await usage({}, 'gh_other')).rows).toMatchObject([{ requests: 1n }]);
    });

    it('sums by any dimensions, and never takes the unknown for nothing', async () => {
      expect((await usage()).rows).toEqual([
        meteringV1.UsageRow.fromPartial({
          requests: 5n,
          inputTokens: 40n,
          outputTokens: 20n,
          amountNanoUsd: 307n,
          doubtNanoUsd: 900n,
          unknownRequests: 1n,
        }),
      ]);
      const { DAY, MODEL, WORKSPACE: BY_WORKSPACE } = meteringV1.UsageDimension;
      const byDay = await usage({ groupBy: [DAY, MODEL], workspaceId: ws('w') });
      expect(byDay.rows.map(({ day, model, requests }) => [day, model, requests])).toEqual([
        ['2026-11-10', 'small', 2n],
        ['2026-11-11', 'large', 1n],
        ['2026-11-12', 'small', 1n],
      ]);
      const some = await usage({ groupBy: [BY_WORKSPACE], fromDay: '2026-11-11', toDay: '2026-11-11' });
      expect(some.rows).toMatchObject([{ workspaceId: ws('w'), requests: 1n, amountNanoUsd: 7n }]);
      expect((await usage({ fromDay: '2027-01-01' })).rows).toMatchObject([{ requests: 0n }]);
      expect((await usage({ fromDay: '2027-01-01', groupBy: [DAY] })).rows).toEqual([]);
    });

    it('tells time series, latencies, users and what metadata says', async () => {
      await service.record(
        ...[10, 20, 30].map((totalMs, n) =>
          recordOf({
            requestId: `labelled-${n}`,
            apiKeyId: key('gh_labelled'),
            provisionId: prv('labelled'),
            admittedAt: new Date(`2026-12-01T10:${totalMs}:30Z`),
            totalMs,
            metadata: { _user: 'ada', team: `t${n % 2}` },
            user: 'ada',
            outcome: meteringV1.UsageOutcome.CLIENT_LEFT,
          }),
        ),
      );
      const { USER, METADATA, OUTCOME } = meteringV1.UsageDimension;
      const { MINUTE } = meteringV1.UsageInterval;
      const asked = { from: new Date('2026-12-01T10:10:59Z'), to: new Date('2026-12-01T10:20:00Z') };
      await eventually(async () =>
        expect((await usage({ ...asked, groupBy: [OUTCOME] })).rows).toMatchObject([
          { requests: 2n, outcome: meteringV1.UsageOutcome.CLIENT_LEFT },
        ]),
      );
      const byMinute = await usage({ ...asked, every: MINUTE, latency: true, apiKeyId: key('gh_labelled') });
      expect(byMinute.rows).toMatchObject([
        { begins: new Date('2026-12-01T10:10:00Z'), requests: 1n, total: { requests: 1n } },
        { begins: new Date('2026-12-01T10:20:00Z'), requests: 1n, total: { requests: 1n } },
      ]);
      expect(byMinute.rows[0]?.firstByte).toBeUndefined();
      expect(byMinute.rows[0]?.total?.counts).toHaveLength(byMinute.latencyBoundsMs.length + 1);
      expect((await usage({ groupBy: [USER] })).rows).toMatchObject([{ user: 'ada', requests: 3n }]);
      expect((await usage({ groupBy: [METADATA], metadataKey: 'team' })).rows).toMatchObject([
        { metadataValue: 't0', requests: 2n, user: '' },
        { metadataValue: 't1', requests: 1n },
      ]);
      expect((await usage({ user: 'nobody' })).rows).toMatchObject([{ requests: 0n }]);
    });

    const exported = async (more: Partial<meteringV1.ExportUsageRequest>, apiKey = 'gh_ours') => {
      const request = { workspaceId: '', month: '2026-11', format: meteringV1.UsageFormat.CSV, ...more };
      const parts: Uint8Array[] = [];
      try {
        for await (const { data } of service.usage({ apiKey }).exportUsage(request)) parts.push(data);
      } catch (error) {
        throw fromGrpcError(error as ServiceError);
      }
      return Buffer.concat(parts).toString();
    };

    it('exports a month of records as CSV and as JSON', async () => {
      const evil = {
        metadata: { x: '=cmd()' },
        user: '@SUM(A1)',
        workspaceId: ws('exported'),
        provisionId: prv('exported'),
      };
      const some = Array.from({ length: 2_100 }, (_, n) =>
        recordOf({
          ...evil,
          requestId: `x-${n}`,
          admittedAt: new Date(Date.UTC(2027, 1, 28, 23, 59, 59, n % 1000)),
        }),
      );
      const next = recordOf({ ...evil, requestId: 'x-next', admittedAt: new Date('2027-03-01T00:00:00Z') });
      await service.record(...some, next);
      const asked = { workspaceId: ws('exported'), month: '2027-02' };
      await eventually(async () =>
        expect((await records({ workspaceId: ws('exported'), pageSize: 1 })).records).toMatchObject([
          { requestId: 'x-next' },
        ]),
      );
      const lines = (await exported(asked)).trimEnd().split('\n');
      expect(lines).toHaveLength(2_101);
      expect(lines[0]).toMatch(/^admitted_at,settled_at,request_id,attempt,workspace_id,/);
      expect(lines[1]).toContain(`"'@SUM(A1)"`);
      expect(new Set(lines.map((line) => line.split(',')[2])).size).toBe(2_101);
      const json = (await exported({ ...asked, format: meteringV1.UsageFormat.JSONL })).trimEnd().split('\n');
      expect(json).toHaveLength(2_100);
      const told = meteringV1.UsageRecord.fromJSON(JSON.parse(json[0] ?? ''));
      expect(some).toContainEqual(told);
      expect(await exported({ ...asked, month: '2027-04' })).toBe(`${lines[0]}\n`);
      expect((await exported(asked, 'gh_theirs')).trimEnd()).toBe(lines[0]);
      await expect(exported(asked, 'gh_other')).rejects.toMatchObject({ code: 'FORBIDDEN' });
      for (const wrong of [
        { month: '2027-13' },
        { month: '2027' },
        { format: meteringV1.UsageFormat.UNSPECIFIED },
      ])
        await expect(exported(wrong)).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('tells provisioning in which minute keys last called, and nobody else', async () => {
      const elsewhere = { workspaceId: ws('last'), provisionId: prv('last') };
      const called = (requestId: string, apiKey: string, at: string, model = 'small') =>
        recordOf({ ...elsewhere, requestId, apiKeyId: key(apiKey), model, admittedAt: new Date(at) });
      await service.record(
        called('last-1', 'gh_last', '2027-06-20T10:00:30Z'),
        called('last-2', 'gh_last', '2027-06-20T10:07:59Z', 'large'),
        called('last-3', 'gh_last', '2027-06-20T10:05:00Z'),
        called('last-4', 'gh_later', '2027-07-24T18:00:00Z'),
      );
      const asked = { organizationId: OURS, apiKeyIds: ['gh_last', 'gh_later', 'gh_silent'].map(key) };
      const ask = async (more: Partial<meteringV1.ListLastCallsRequest> = {}, name = 'provisioning') =>
        (await service.usage({ serviceToken: `${name}-token` }).listLastCalls({ ...asked, ...more }))
          .lastCalls;
      await eventually(async () => expect(await ask()).toHaveLength(2));
      expect(new Map((await ask()).map(({ apiKeyId, minute }) => [apiKeyId, minute]))).toEqual(
        new Map([
          [key('gh_last'), new Date('2027-06-20T10:07:00Z')],
          [key('gh_later'), new Date('2027-07-24T18:00:00Z')],
        ]),
      );
      expect(await ask({ organizationId: THEIRS })).toEqual([]);
      expect(await ask({ apiKeyIds: Array.from({ length: 200 }, (_, n) => key(`gh_${n}`)) })).toEqual([]);
      const refused = { code: 'FORBIDDEN' };
      for (const name of ['gateway', 'registry', 'operator'])
        await expect(ask({}, name)).rejects.toMatchObject(refused);
      await expect(service.usage().listLastCalls(asked)).rejects.toMatchObject(refused);
      for (const wrong of [{ organizationId: '' }, { apiKeyIds: [] }, { apiKeyIds: ['gh_last'] }])
        await expect(ask(wrong)).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('tells provisioning how the usage of yesterday would have fared, and nobody else', async () => {
      const midnight = Math.floor(Date.now() / 86_400_000) * 86_400_000;
      const yesterday = (time: string): Date =>
        new Date(midnight - 86_400_000 + Date.parse(`1970-01-01T${time}Z`));
      const replayed = {
        workspaceId: ws('replayed'),
        integrationId: deriveId('int', 'replayed'),
        provisionId: prv('replayed'),
      };
      const called = (requestId: string, time: string, amount: bigint, model: string) =>
        recordOf({
          ...{ ...replayed, requestId: `replayed-${requestId}`, apiKeyId: key('gh_replayed'), model },
          ...{ admittedAt: yesterday(time), amountNanoUsd: amount, doubtNanoUsd: 0n },
        });
      await service.record(
        called('1', '08:00:00', 60n, 'small'),
        called('2', '12:30:10', 30n, 'small'),
        called('3', '12:30:20', 30n, 'large'),
        called('4', '12:31:00', 30n, 'large'),
        called('5', '23:59:59', 30n, 'large'),
      );
      const budget = typeV1.Limit.fromPartial({
        id: deriveId('lim', 'replayed'),
        kind: {
          $case: 'budget',
          value: {
            amount: { $case: 'nanoUsd', value: 100n },
            reset: { period: typeV1.ResetPeriod.DAYS, everyDays: 1 },
          },
        },
      });
      const ask = async (more: Partial<meteringV1.ReplayUsageRequest> = {}, name = 'provisioning') => {
        const client = service.usage({ serviceToken: `${name}-token` });
        const asked = { organizationId: OURS, provisionId: prv('replayed'), limits: [budget] };
        return (await client.replayUsage(meteringV1.ReplayUsageRequest.fromPartial({ ...asked, ...more })))
          .replay;
      };
      await eventually(async () => expect((await ask())?.limits[0]?.requests).toBe(5n));
      expect(await ask({ models: { names: ['small'] } })).toEqual({
        limits: [
          {
            limit: budget,
            from: yesterday('00:00:00'),
            until: new Date(midnight),
            requests: 5n,
            spent: 180n,
            refusedMin: 3n,
            refusedMax: 4n,
            ranOutAfter: yesterday('12:30:00'),
            ranOutBefore: yesterday('12:31:00'),
            unknownRequests: 0n,
          },
        ],
        models: {
          from: new Date(midnight - 30 * 86_400_000),
          until: new Date(midnight),
          requests: 5n,
          refused: 3n,
          models: [{ model: 'large', requests: 3n, provisionId: '' }],
        },
      });
      const eachWorkspace = { workspaceIds: [ws('replayed'), ws('w')], skip: 0, size: 0 };
      const ofIntegration = { provisionId: '', integrationId: replayed.integrationId, eachWorkspace };
      const each = await ask({ ...ofIntegration, withoutModels: { names: ['large'] } });
      expect(each?.limits[0]).toMatchObject({
        ...{ requests: 5n, refusedMin: 3n, refusedMax: 4n, keys: undefined },
        workspaces: {
          ...{ called: 1n, refused: 1n, totalSize: 1n },
          workspaces: [
            {
              ...{ workspaceId: ws('replayed'), requests: 5n, spent: 180n, refusedMin: 3n, refusedMax: 4n },
              ranOutAfter: yesterday('12:30:00'),
            },
          ],
        },
      });
      expect(each?.models).toMatchObject({
        ...{ requests: 5n, refused: 3n },
        workspaces: {
          ...{ called: 1n, refused: 1n },
          workspaces: [{ workspaceId: ws('replayed'), requests: 5n, refusedMin: 3n, refusedMax: 3n }],
        },
      });
      const others = { ...ofIntegration, eachWorkspace: { ...eachWorkspace, workspaceIds: [ws('w')] } };
      expect((await ask(others))?.limits[0]).toMatchObject({ requests: 0n, workspaces: { called: 0n } });
      const byProvision = {
        provisions: [{ provisionId: prv('replayed'), names: ['small'] }],
      };
      const ofKey = { provisionId: '', apiKeyId: key('gh_replayed'), modelsByProvision: byProvision };
      expect((await ask(ofKey))?.models?.models).toEqual([
        { model: 'large', requests: 3n, provisionId: prv('replayed') },
      ]);
      expect((await ask({ ...ofKey, modelsByProvision: { provisions: [] } }))?.models?.refused).toBe(5n);
      const whole = { provisionId: '', workspaceId: ws('replayed'), apiKeyId: key('gh_replayed') };
      expect((await ask(whole))?.limits[0]?.refusedMax).toBe(4n);
      for (const nobodys of [{ organizationId: THEIRS }, { apiKeyId: key('gh_silent') }])
        expect((await ask(nobodys))?.limits[0]).toMatchObject({ requests: 0n, refusedMax: 0n });
      for (const name of ['gateway', 'registry', 'operator'])
        await expect(ask({}, name)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      for (const wrong of [
        { organizationId: '' },
        { limits: [typeV1.Limit.fromPartial({})] },
        { provisionId: 'p' },
        { eachKey: true, eachWorkspace },
        { eachWorkspace: { ...eachWorkspace, size: 101 } },
        { eachWorkspace: { ...eachWorkspace, skip: -1 } },
        { eachWorkspace: { ...eachWorkspace, workspaceIds: ['w'] } },
        { models: { names: [] }, withoutModels: { names: [] } },
        { modelsByProvision: { provisions: [{ provisionId: 'p', names: [] }] } },
      ])
        await expect(ask(wrong)).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('counts calls of provisions for the registry, and for nobody else', async () => {
      const asked = { organizationId: OURS, provisionIds: [prv('p'), prv('o')], fromDay: '2026-11-10' };
      const count = async (more: Partial<meteringV1.CountCallsRequest>, name = 'registry') =>
        (await service.usage({ serviceToken: `${name}-token` }).countCalls({ ...asked, ...more })).calls;
      expect(await count({})).toBe(5n);
      expect(await count({ provisionIds: [prv('o')] })).toBe(1n);
      expect(await count({ fromDay: '2026-11-11' })).toBe(2n);
      expect(await count({ provisionIds: [prv('unheard')] })).toBe(0n);
      expect(await count({ organizationId: THEIRS })).toBe(0n);
      expect(await count({ provisionIds: Array.from({ length: 10_000 }, (_, n) => prv(`${n}`)) })).toBe(0n);
      const refused = { code: 'FORBIDDEN' };
      for (const name of ['gateway', 'operator'])
        await expect(count({}, name)).rejects.toMatchObject(refused);
      await expect(service.usage().countCalls(asked)).rejects.toMatchObject(refused);
      for (const [field, value] of Object.entries({
        organizationId: '',
        provisionIds: [],
        fromDay: 'yesterday',
      })) {
        await expect(count({ [field]: value })).rejects.toMatchObject({ code: 'INVALID' });
      }
      await expect(count({ provisionIds: ['prv_'] })).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('keeps nobody who calls waiting behind those who ask about it, however long that takes', async () => {
      const asked = await service.pool.inTransaction(async (tx) => {
        await tx.query('LOCK TABLE metering.usage_day, metering.usage_margin_day IN ACCESS EXCLUSIVE MODE');
        const questions = Array.from({ length: 16 }, () => usage());
        const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        await eventually(async () =>
          expect((await service.pool.query(waiting)).rowCount).toBeGreaterThanOrEqual(4),
        );
        await service.record(
          recordOf({ requestId: 'beside questions', organizationId: deriveId('org', 'aside') }),
        );
        const recorded = `SELECT FROM metering.usage_record WHERE request_id = 'beside questions'`;
        await eventually(async () => expect((await service.pool.query(recorded)).rowCount).toBe(1), 4_000);
        return questions;
      });
      expect(new Set((await Promise.all(asked)).map(({ rows }) => rows[0]?.requests)).size).toBe(1);
    });

    it('keeps its counters equal to the sums of the records', async () => {
      const { rows } = await service.pool.query(
        `SELECT admitted_on, organization_id, workspace_id, provision_id, api_key_id, model, outcome,
           count(*) AS requests, coalesce(sum(amount_nano_usd), 0) AS amount FROM metering.usage_record
         GROUP BY 1, 2, 3, 4, 5, 6, 7
         EXCEPT
         SELECT begins::date, organization_id, workspace_id, provision_id, api_key_id, model, outcome, sum(requests),
           sum(amount_nano_usd)
         FROM (SELECT * FROM metering.usage_day UNION ALL SELECT * FROM metering.usage_recent) AS counts
         JOIN metering.usage_series USING (series_id) GROUP BY 1, 2, 3, 4, 5, 6, 7`,
      );
      expect(rows).toEqual([]);
    });

    it('keeps what it cannot read as dead letters, and goes on', async () => {
      const from = (id: string, source = '/gatehouse/gateway', type = 'UsageRecorded') => ({
        ce_id: id,
        ce_source: source,
        ce_type: type,
      });
      const usage = (requestId: string): Uint8Array =>
        eventsV1.UsageRecorded.encode({ record: recordOf({ requestId }) }).finish();
      const pairs = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
      const bad = [
        { key: 'k', headers: from('forged', '/gatehouse/registry'), value: usage('forged') },
        { key: 'k', headers: { ce_id: 'nobody' }, value: usage('nobody') },
        { key: 'k', headers: from('other', '/gatehouse/gateway', 'ApiKeyIssued'), value: usage('other') },
        { key: 'k', headers: from('bad-1'), value: Buffer.from([0xff, 0xff]) },
        {
          key: 'k',
          headers: from('bad-2'),
          value: eventsV1.UsageRecorded.encode({ record: recordOf({ requestId: '' }) }).finish(),
        },
        {
          key: 'k',
          headers: from('bad-3'),
          value: eventsV1.UsageRecorded.encode({
            record: recordOf({ requestId: 'n', amountNanoUsd: -1n }),
          }).finish(),
        },
        {
          key: 'k',
          headers: from('bad-4'),
          value: eventsV1.UsageRecorded.encode({
            record: recordOf({ requestId: 'many', metadata: pairs(49) }),
          }).finish(),
        },
        {
          key: 'k',
          headers: from('good'),
          value: eventsV1.UsageRecorded.encode({
            record: recordOf({ requestId: 'req-5', organizationId: THEIRS, metadata: pairs(48) }),
          }).finish(),
        },
      ];
      await service.gateway.publish(TOPICS.usage, bad);
      await eventually(async () => expect((await records({}, 'gh_theirs')).records).toHaveLength(1));
      const letters = await deadLetters(service.pool.pool, 'metering', 'usage');
      expect(letters).toHaveLength(7);
      // What an older program could not read, a newer one may: the operator sees it, and has it tried again.
      const operator = service.projections();
      const inboxes = async () => (await operator.listProjections({})).inboxes;
      expect(await inboxes()).toEqual([{ name: 'usage', deadLetters: 7n }]);
      await service.pool.query(
        `UPDATE metering.projection_dead_letter SET value = $1 WHERE name = 'usage' AND headers->>'ce_id' = 'bad-1'`,
        [
          eventsV1.UsageRecorded.encode({
            record: recordOf({ requestId: 'read', organizationId: THEIRS }),
          }).finish(),
        ],
      );
      expect(await operator.replayDeadLetters({ name: 'usage' })).toEqual({ replayed: 1n, failed: 6n });
      expect((await records({}, 'gh_theirs')).records).toHaveLength(2);
      expect(await inboxes()).toEqual([{ name: 'usage', deadLetters: 6n }]);
    });

    it('is adjusted by an admin, and the event says by whom and why', async () => {
      await service.provision('adjusted', 'w', [usd('adjusted', 1_000n)]);
      const scoped = [[PROVISION, prv('adjusted')]] satisfies Parameters<typeof askOf>[0];
      const { leaseId } = grantOf(await heard(askOf(scoped, { nanoUsd: 100n })));
      await close(leaseId, { nanoUsd: 70n });
      const requestId = 'to be adjusted';
      await service.record(
        recordOf({ requestId, leaseId, amountNanoUsd: 70n, doubtNanoUsd: 3n, provisionId: prv('adjusted') }),
      );
      const adjust = (amountNanoUsd: bigint, id = 'adjust it', apiKey = 'gh_ours') =>
        service.usage({ apiKey }).adjustUsage({
          ...{ ...ADJUST, requestId: id, usageRequestId: requestId, amountNanoUsd },
        });
      const limits = [{ spentNanoUsd: 20n, doubtNanoUsd: 0n }];
      const adjusted = { beforeNanoUsd: 70n, amountNanoUsd: 90n, limits };
      await eventually(async () => expect(await adjust(90n)).toMatchObject(adjusted));
      expect(await adjust(90n)).toMatchObject(adjusted);
      expect(await stateOf('adjusted')).toMatchObject({ spent: 90n });
      const again = { beforeNanoUsd: 90n, amountNanoUsd: 40n };
      expect(await adjust(40n, 'and again')).toMatchObject(again);
      await service.record(
        recordOf({
          requestId: 'beside it',
          amountNanoUsd: 7n,
          doubtNanoUsd: 2n,
          provisionId: prv('adjusted'),
        }),
      );
      await eventually(async () =>
        expect((await records({ provisionId: prv('adjusted') })).records).toMatchObject([
          { requestId: 'beside it', corrections: [] },
          {
            ...{ requestId, amountNanoUsd: 70n, doubtNanoUsd: 3n },
            corrections: [
              { requestId: 'adjust it', beforeNanoUsd: 70n, amountNanoUsd: 90n },
              { requestId: 'and again', ...again },
            ],
          },
        ]),
      );
      // What was told and by what it was moved, apart, are what counters have.
      const [head = '', ...lines] = (await exported({})).trimEnd().split('\n');
      const of = (line: string) =>
        Object.fromEntries(head.split(',').map((name, column) => [name, line.split(',')[column] ?? '']));
      const ours = lines.map(of).filter(({ provision_id }) => provision_id === prv('adjusted'));
      const [counted] = (await usage({ provisionId: prv('adjusted') })).rows;
      const sumOf = (...names: readonly string[]) =>
        ours
          .flatMap((cells) => names.map((name) => BigInt(cells[name] ?? '')))
          .reduce((sum, each) => sum + each);
      expect(counted).toMatchObject({ requests: 2n, amountNanoUsd: 47n, doubtNanoUsd: 2n });
      expect(sumOf('amount_nano_usd', 'correction_nano_usd')).toBe(counted?.amountNanoUsd);
      expect(sumOf('doubt_nano_usd', 'correction_doubt_nano_usd')).toBe(counted?.doubtNanoUsd);
      expect(ours.map(({ correction_nano_usd: moved }) => moved)).toEqual(['', '-30']);
      const json = await exported({ format: meteringV1.UsageFormat.JSONL });
      const told = json
        .trimEnd()
        .split('\n')
        .map((line) => UsageRecord.fromJSON(JSON.parse(line)));
      expect(told.find((record) => record.requestId === requestId)?.corrections).toMatchObject([{}, again]);
      await expect(adjust(1n, 'theirs', 'gh_theirs')).rejects.toMatchObject({ reason: 'USAGE_UNKNOWN' });
      // What no limit has room for could not be taken back: what else was spent would be gone with it.
      await expect(adjust(1_000_000_000_000_000_001n, 'too much')).rejects.toMatchObject({
        ...{ reason: 'REQUEST_INVALID', violations: [{ field: 'amount_nano_usd' }] },
      });
      const most = 1_000_000_000_000_000_000n;
      expect(await adjust(most, 'all there is')).toMatchObject({ amountNanoUsd: most });
      expect(await adjust(40n, 'not at all')).toMatchObject({ beforeNanoUsd: most, amountNanoUsd: 40n });
      expect(await stateOf('adjusted')).toMatchObject({ spent: 40n });
      await eventually(async () =>
        expect(await store.read(`adjustment-${deriveId('adj', requestId, '1')}`)).toMatchObject([
          {
            type: 'UsageAdjusted',
            data: { usageRequestId: requestId, beforeNanoUsd: '70', amountNanoUsd: '90' },
            metadata: {
              ...{ reason: 'an invoice', command: 'AdjustUsage' },
              actor: { kind: 'apiKey', id: key('gh_ours') },
            },
          },
          { type: 'UsageAdjusted', data: { beforeNanoUsd: '90', amountNanoUsd: '40' } },
          { type: 'UsageAdjusted', data: { amountNanoUsd: `${most}` } },
          { type: 'UsageAdjusted', data: { amountNanoUsd: '40' } },
        ]),
      );
    });

    it('is reconciled lease by lease', async () => {
      await service.provision('books', 'w', [usd('books', 1_000n)]);
      const leased = async (): Promise<string> =>
        grantOf(
          await eventually(() =>
            service.ledger().askLease(askOf([[PROVISION, prv('books')]], { nanoUsd: 100n })),
          ),
        ).leaseId;
      const [right, wrong] = [await leased(), await leased()];
      await service.record(
        recordOf({ requestId: 'books-1', leaseId: right, amountNanoUsd: 70n, provisionId: prv('books') }),
        recordOf({ requestId: 'books-2', leaseId: wrong, amountNanoUsd: 70n, provisionId: prv('books') }),
      );
      await close(right, { nanoUsd: 70n, tokens: 15n });
      await close(wrong, { nanoUsd: 60n, tokens: 15n });
      await eventually(async () =>
        expect((await records({ provisionId: prv('books') })).records).toHaveLength(2),
      );
      // Records of it may be on their way until its deadline.
      await eventually(async () => {
        const { differences } = await service.books().reconcile(RECONCILE);
        expect(differences.filter(({ subject }) => [right, wrong].includes(subject))).toEqual([
          {
            kind: meteringV1.BookDifferenceKind.LEASE,
            organizationId: OURS,
            subject: wrong,
            figure: 'nano-USD, but for doubt',
            kept: '60',
            found: '70',
          },
        ]);
        expect(differences.filter(({ kind }) => kind !== meteringV1.BookDifferenceKind.LEASE)).toEqual([]);
      });
    });
  });

  it('pages through the limits in one order', async () => {
    const budgets = service.budgets({ apiKey: 'gh_w' });
    const page = (pageSize: number, pageToken = '') =>
      budgets.listLimitStates({ scopeIds: [], scopeId: '', pageSize, pageToken });
    const all = await page(1_000);
    expect(all.limits.length).toBeGreaterThan(3);
    expect(all.nextPageToken).toBe('');
    const ids: string[] = [];
    let token: string | undefined = '';
    for (; token !== undefined;) {
      const { limits, nextPageToken } = await page(1, token);
      expect(limits).toHaveLength(1);
      ids.push(...limits.map(({ limitId }) => limitId));
      token = nextPageToken === '' ? undefined : nextPageToken;
    }
    expect(ids).toEqual(all.limits.map(({ limitId }) => limitId));
    const [scope] = all.limits.map(({ scopeId }) => scopeId);
    const ofScope = { scopeId: '', scopeIds: [scope ?? ''], pageSize: 0, pageToken: '' };
    expect((await budgets.listLimitStates(ofScope)).limits).toEqual(
      all.limits.filter(({ scopeId }) => scopeId === scope),
    );
    for (const fault of [{ scopeId: scope ?? '' }, { scopeIds: ['x'] }, { scopeIds: Array(101).fill(scope) }])
      await expect(budgets.listLimitStates({ ...ofScope, ...fault })).rejects.toMatchObject({
        reason: 'REQUEST_INVALID',
      });
  });

  it.each([
    ['a negative size', { pageSize: -1, pageToken: '' }, 'REQUEST_INVALID'],
    ['no token of ours', { pageSize: 0, pageToken: 'x' }, 'PAGE_TOKEN_MALFORMED'],
    [
      'a token with a zero byte',
      { pageSize: 0, pageToken: tokenOf('a', 'b\0', 'c') },
      'PAGE_TOKEN_MALFORMED',
    ],
  ])('refuses pages of limits with %s', async (_what, page, reason) => {
    await expect(
      service.budgets().listLimitStates({ scopeIds: [], scopeId: '', ...page }),
    ).rejects.toMatchObject({
      code: 'INVALID',
      reason,
    });
  });

  it.each(['-000044-03-15T00:00:00.000Z', '+010000-01-01T00:00:00.000Z'])(
    'refuses a page token of records at %s',
    async (instant) => {
      const request = {
        ...meteringV1.ListUsageRecordsRequest.create(),
        pageToken: tokenOf(instant, 'req', '1'),
      };
      await expect(service.usage().listUsageRecords(request)).rejects.toMatchObject({
        code: 'INVALID',
        reason: 'PAGE_TOKEN_MALFORMED',
      });
    },
  );

  it('shows each caller the limits that are theirs', async () => {
    const seen = async (apiKey: string, scopeId = '') =>
      (
        await service
          .budgets({ apiKey })
          .listLimitStates({ scopeIds: [], scopeId, pageSize: 0, pageToken: '' })
      ).limits.map(({ limitId }) => limitId);
    expect(await seen('gh_theirs')).toEqual([]);
    expect(await seen('gh_other')).toEqual([deriveId('lim', 'other')]);
    const within = await seen('gh_w');
    expect(within).toEqual(
      expect.arrayContaining(['p', 'w', 'k', 'p-rpd'].map((name) => deriveId('lim', name))),
    );
    expect(within).not.toContain(deriveId('lim', 'other'));
    expect(await seen('gh_ours', ws('w'))).toEqual([deriveId('lim', 'w')]);
    expect(await seen('gh_other', ws('w'))).toEqual([]);
    expect(await seen('gh_ours', ws('nobody'))).toEqual([]);
  });

  it('tells a service where the limits of some scopes stand, and nobody else', async () => {
    const asked = { organizationId: OURS, scopeIds: [ws('w'), key('gh_w')], pageSize: 1, pageToken: '' };
    const budgets = service.budgets({ serviceToken: 'gateway-token' });
    const first = await budgets.listScopeLimitStates(asked);
    const rest = await budgets.listScopeLimitStates({ ...asked, pageToken: first.nextPageToken });
    const ids = [...first.limits, ...rest.limits].map(({ limitId }) => limitId);
    expect(ids.sort()).toEqual(['k', 'w'].map((name) => deriveId('lim', name)).sort());
    expect(await budgets.listScopeLimitStates({ ...asked, organizationId: THEIRS })).toMatchObject({
      limits: [],
    });
    for (const fault of [{ scopeIds: [] }, { scopeIds: ['x'] }, { organizationId: 'x' }]) {
      await expect(budgets.listScopeLimitStates({ ...asked, ...fault })).rejects.toMatchObject({
        code: 'INVALID',
      });
    }
    await expect(service.budgets().listScopeLimitStates(asked)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('lets a key in until it ends, with nobody there to say so, and within its scopes', async () => {
    const codeOf = async (apiKey: string): Promise<string> =>
      service
        .budgets({ apiKey })
        .listLimitStates({ scopeIds: [], scopeId: '', pageSize: 0, pageToken: '' })
        .then(
          () => 'answered',
          ({ reason }: { reason: string }) => reason,
        );
    const expiresAt = new Date(Date.now() + 2_000);
    await service.issueKey('gh_ending', undefined, [], undefined, { expiresAt });
    await service.issueKey('gh_narrow', 'w', [], undefined, { scopes: ['completions.write'] });
    expect(await codeOf('gh_ending')).toBe('answered');
    // Nobody tells of the end: it is data, and the clock's.
    await until(async () => (await codeOf('gh_ending')) === 'CREDENTIALS_UNKNOWN', 'the key to end');
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await codeOf('gh_narrow')).toBe('SCOPE_MISSING');
  });

  it('says no more than the permission to who asks without one', async () => {
    const open = { journalId: JOURNAL, incarnation: 1n };
    await expect(service.ledger({ apiKey: 'gh_ours' }).openJournal(open)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(service.ledger({ serviceToken: 'registry-token' }).openJournal(open)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(service.ledger({}).openJournal(open)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(
      service
        .budgets({ serviceToken: 'gateway-token' })
        .listLimitStates({ scopeIds: [], scopeId: '', pageSize: 0, pageToken: '' }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  describe('bad input', () => {
    const none = meteringV1.Amounts.fromPartial({});
    const fine = () => askOf([[PROVISION, prv('p')]], { nanoUsd: 1n });
    const lease = deriveId('lse', 'bad');
    const closing = CloseLeaseRequest.fromPartial({ journalId: JOURNAL, leaseId: lease, sum: none });
    const returning = { journalId: JOURNAL, leaseId: lease, sequence: 1n, cap: none };
    const negative = meteringV1.Amounts.fromPartial({ nanoUsd: -1n });
    const { MODEL, DAY, OUTCOME, USER, METADATA, UNSPECIFIED } = meteringV1.UsageDimension;
    const { HOUR } = meteringV1.UsageInterval;
    const aDay = { every: HOUR, fromDay: '2026-01-01', toDay: '2026-01-01' };
    const unknownKind = { kind: 99 as meteringV1.ScopeKind, id: prv('p'), revision: 0n };

    const ask = (more: Partial<meteringV1.AskLeaseRequest>) => () =>
      service.ledger().askLease({ ...fine(), ...more } as meteringV1.AskLeaseRequest);
    const closes = (more: Partial<meteringV1.CloseLeaseRequest>) => () =>
      service.ledger().closeLease({ ...closing, ...more });
    const returns = (more: Partial<meteringV1.ReturnLeaseRequest>) => () =>
      service.ledger().returnLease({ ...returning, ...more });
    const lists = (more: Partial<meteringV1.ListUsageRecordsRequest>) => () =>
      service.usage().listUsageRecords(meteringV1.ListUsageRecordsRequest.fromPartial(more));
    const sums = (more: Partial<meteringV1.GetUsageRequest>) => () =>
      service.usage().getUsage(meteringV1.GetUsageRequest.fromPartial(more));

    const table: readonly [string, () => Promise<unknown>, string][] = [
      [
        'OpenJournal: no journal',
        () => service.ledger().openJournal({ journalId: '', incarnation: 1n }),
        'INVALID',
      ],
      [
        'OpenJournal: incarnation 0',
        () => service.ledger().openJournal({ journalId: JOURNAL, incarnation: 0n }),
        'INVALID',
      ],
      [
        'OpenJournal: negative',
        () => service.ledger().openJournal({ journalId: JOURNAL, incarnation: -1n }),
        'INVALID',
      ],
      ['AskLease: empty', () => service.ledger().askLease(AskLeaseRequest.fromPartial({})), 'INVALID'],
      ['AskLease: no ask id', ask({ askId: '' }), 'INVALID'],
      ['AskLease: long ask id', ask({ askId: 'x'.repeat(129) }), 'INVALID'],
      ['AskLease: NUL in ask id', ask({ askId: 'a\0b' }), 'INVALID'],
      ['AskLease: foreign journal id', ask({ journalId: 'jnl' }), 'INVALID'],
      ['AskLease: unknown journal', ask({ journalId: deriveId('jnl', 'unknown') }), 'REFUSED'],
      ['AskLease: incarnation to come', ask({ incarnation: 9n }), 'REFUSED'],
      ['AskLease: no organization', ask({ organizationId: '' }), 'INVALID'],
      ['AskLease: another organization', ask({ organizationId: THEIRS }), 'INVALID'],
      ['AskLease: no scopes', ask({ scopes: [] }), 'INVALID'],
      ['AskLease: unknown kind of scope', ask({ scopes: [unknownKind] }), 'INVALID'],
      [
        'AskLease: scope of the wrong kind',
        ask({ scopes: [{ kind: WORKSPACE, id: prv('p'), revision: 0n }] }),
        'INVALID',
      ],
      [
        'AskLease: negative revision',
        ask({ scopes: [{ kind: PROVISION, id: prv('p'), revision: -1n }] }),
        'INVALID',
      ],
      [
        'AskLease: nine scopes',
        ask({
          scopes: Array.from({ length: 9 }, (_, index) => ({
            kind: PROVISION,
            id: prv(String(index)),
            revision: 0n,
          })),
        }),
        'INVALID',
      ],
      [
        'AskLease: a scope twice',
        ask({ scopes: [1, 2].map(() => ({ kind: PROVISION, id: prv('p'), revision: 0n })) }),
        'INVALID',
      ],
      ['AskLease: no want', ask({ want: undefined }), 'INVALID'],
      ['AskLease: no least', ask({ least: undefined }), 'INVALID'],
      ['AskLease: negative want', ask({ want: negative, least: none }), 'INVALID'],
      ['AskLease: negative least', ask({ least: negative }), 'INVALID'],
      [
        'AskLease: least above want',
        ask({ least: meteringV1.Amounts.fromPartial({ nanoUsd: 2n }) }),
        'INVALID',
      ],
      [
        'RenewLeases: no journal',
        () => service.ledger().renewLeases({ journalId: '', incarnation: 1n, leaseIds: [] }),
        'INVALID',
      ],
      [
        'RenewLeases: unknown journal',
        () =>
          service.ledger().renewLeases({ journalId: deriveId('jnl', 'x'), incarnation: 1n, leaseIds: [] }),
        'REFUSED',
      ],
      [
        'RenewLeases: malformed lease',
        () => service.ledger().renewLeases({ journalId: JOURNAL, incarnation: 1n, leaseIds: ['x'] }),
        'INVALID',
      ],
      [
        'RenewLeases: too many',
        () =>
          service.ledger().renewLeases({
            journalId: JOURNAL,
            incarnation: 1n,
            leaseIds: Array.from({ length: 10_001 }, () => lease),
          }),
        'INVALID',
      ],
      ['ReturnLease: no lease', returns({ leaseId: '' }), 'INVALID'],
      ['ReturnLease: sequence 0', returns({ sequence: 0n }), 'INVALID'],
      ['ReturnLease: no cap', returns({ cap: undefined }), 'INVALID'],
      ['ReturnLease: negative cap', returns({ cap: negative }), 'INVALID'],
      ['ReturnLease: unknown lease', returns({}), 'NOT_FOUND'],
      ['CloseLease: no journal', closes({ journalId: '' }), 'INVALID'],
      ['CloseLease: no lease', closes({ leaseId: '' }), 'INVALID'],
      ['CloseLease: negative count', closes({ count: -1n }), 'INVALID'],
      ['CloseLease: no sum', closes({ sum: undefined }), 'INVALID'],
      ['CloseLease: negative sum', closes({ sum: negative }), 'INVALID'],
      ['CloseLease: negative doubt', closes({ doubt: negative }), 'INVALID'],
      [
        'CloseLease: doubt above the sum',
        closes({ doubt: meteringV1.Amounts.fromPartial({ tokens: 1n }) }),
        'INVALID',
      ],
      ['CloseLease: unknown lease', closes({}), 'NOT_FOUND'],
      ['ListUsageRecords: negative page', lists({ pageSize: -1 }), 'INVALID'],
      ['ListUsageRecords: page token', lists({ pageToken: 'x' }), 'INVALID'],
      [
        'ListUsageRecords: page token of another list',
        lists({ pageToken: Buffer.from('["a"]').toString('base64url') }),
        'INVALID',
      ],
      [
        'ListUsageRecords: page token without a time',
        lists({ pageToken: Buffer.from('["a","b","1"]').toString('base64url') }),
        'INVALID',
      ],
      ['ListUsageRecords: integration', lists({ integrationId: 'int' }), 'INVALID'],
      ['ListUsageRecords: model', lists({ model: 'm\0' }), 'INVALID'],
      ['ListUsageRecords: user', lists({ user: 'u'.repeat(513) }), 'INVALID'],
      ['ListUsageRecords: outcome', lists({ outcome: 77 as meteringV1.UsageOutcome }), 'INVALID'],
      ['ListUsageRecords: times in reverse', lists({ from: new Date(2), to: new Date(1) }), 'INVALID'],
      ['ListUsageRecords: workspace', lists({ workspaceId: 'ws' }), 'INVALID'],
      ['ListUsageRecords: provision', lists({ provisionId: '\0' }), 'INVALID'],
      ['ListUsageRecords: key', lists({ apiKeyId: key('a').toUpperCase() }), 'INVALID'],
      ['GetUsage: unknown dimension', sums({ groupBy: [77 as meteringV1.UsageDimension] }), 'INVALID'],
      ['GetUsage: unspecified dimension', sums({ groupBy: [UNSPECIFIED] }), 'INVALID'],
      ['GetUsage: a dimension twice', sums({ groupBy: [MODEL, MODEL] }), 'INVALID'],
      ['GetUsage: no such day', sums({ fromDay: '2026-02-30' }), 'INVALID'],
      ['GetUsage: no day', sums({ toDay: 'today' }), 'INVALID'],
      ['GetUsage: year zero', sums({ toDay: '0000-01-01' }), 'INVALID'],
      ['GetUsage: days in reverse', sums({ fromDay: '2026-02-03', toDay: '2026-02-02' }), 'INVALID'],
      ['GetUsage: days and times', sums({ fromDay: '2026-02-03', to: new Date(1) }), 'INVALID'],
      ['GetUsage: times in reverse', sums({ from: new Date(2), to: new Date(1) }), 'INVALID'],
      ['GetUsage: intervals without an end', sums({ every: HOUR, from: new Date(1) }), 'INVALID'],
      [
        'GetUsage: too many intervals',
        sums({ every: HOUR, fromDay: '2026-01-01', toDay: '2026-12-31' }),
        'INVALID',
      ],
      ['GetUsage: days within intervals', sums({ ...aDay, groupBy: [DAY] }), 'INVALID'],
      [
        'GetUsage: three dimensions',
        sums({ ...aDay, groupBy: [MODEL, meteringV1.UsageDimension.API_KEY, OUTCOME] }),
        'INVALID',
      ],
      ['GetUsage: unknown interval', sums({ ...aDay, every: 77 as meteringV1.UsageInterval }), 'INVALID'],
      ['GetUsage: metadata without a key', sums({ groupBy: [METADATA] }), 'INVALID'],
      ['GetUsage: users by model', sums({ groupBy: [USER, MODEL] }), 'INVALID'],
      ['GetUsage: a user of a key', sums({ user: 'ada', apiKeyId: key('a') }), 'INVALID'],
      ['GetUsage: outcome', sums({ outcome: 77 as meteringV1.UsageOutcome }), 'INVALID'],
      ['GetUsage: workspace', sums({ workspaceId: 'x' }), 'INVALID'],
      ...[
        { fromDay: '2026-11-31' },
        { toDay: '2026-11-09' },
        { toDay: '2028-11-09' },
        { lagSeconds: -1 },
      ].map((some): (typeof table)[number] => [
        `Reconcile: ${Object.keys(some).join()}`,
        () => service.books().reconcile({ ...RECONCILE, ...some }),
        'INVALID',
      ]),
      ...[
        { day: '2026-11-31' },
        { amountNanoUsd: -1n },
        { attempt: 0 },
        { usageRequestId: '' },
        { reason: '' },
        { requestId: '' },
      ].map((some): (typeof table)[number] => [
        `AdjustUsage: ${Object.keys(some).join()}`,
        () => service.usage().adjustUsage({ ...ADJUST, ...some }),
        'INVALID',
      ]),
      ['AdjustUsage: unknown', () => service.usage().adjustUsage(ADJUST), 'NOT_FOUND'],
      [
        'RebuildCounters: days',
        () => service.books().rebuildCounters({ fromDay: '2026-11-10', toDay: '' }),
        'INVALID',
      ],
      [
        'ListLimitStates: scope',
        () => service.budgets().listLimitStates({ scopeIds: [], scopeId: 'x', pageSize: 0, pageToken: '' }),
        'INVALID',
      ],
    ];

    const books = async (): Promise<string> => {
      const counted = `(SELECT series_id, sum(requests) AS requests, sum(amount_nano_usd) AS amount
        FROM (SELECT * FROM metering.usage_day UNION ALL SELECT * FROM metering.usage_recent) AS counts GROUP BY 1)`;
      const tables = [
        ...['journal', 'ledger', 'lease', 'lease_limit', 'ask', 'usage_record'].map(
          (name) => `metering.${name}`,
        ),
        counted,
      ];
      const dumps = tables.map(async (name) => {
        const { rows } = await service.pool.query<{ row: string }>(
          `SELECT t::text AS row FROM ${name} t ORDER BY 1`,
        );
        return rows.map(({ row }) => `${name} ${row}`).join('\n');
      });
      return (await Promise.all(dumps)).join('\n');
    };

    it('gets a typed error from every RPC, and changes nothing', async () => {
      const before = await books();
      for (const [what, call, code] of table) {
        const error = await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof AppError) || error.code !== code || error.reason === 'PEER_UNAVAILABLE') {
          throw new Error(`${what}: ${code} was expected, not ${String(error)}`);
        }
      }
      expect(await books()).toBe(before);
    });
  });

  it('keeps what each kind of usage was priced at, and the tier that was served; unknown is not nothing', async () => {
    const { UsageKind } = meteringV1;
    const kinds = [
      { kind: UsageKind.INPUT, quantity: 3n, nanoUsdPerMillion: 9_007_199_254_740_993n },
      { kind: UsageKind.CACHED_INPUT, quantity: 7n, nanoUsdPerMillion: 0n },
      { kind: UsageKind.SEARCH, quantity: 1n, nanoUsdPerMillion: undefined },
    ];
    const kept = (requestId: string, more: Partial<meteringV1.UsageRecord>) =>
      recordOf({ requestId, provisionId: prv('by-kind'), ...more });
    await service.record(
      kept('kinds-1', { kinds, serviceTier: 'priority' }),
      kept('kinds-2', { kinds: [], serviceTier: '' }),
      kept('kinds-3', { kinds: [kinds[0]!, kinds[0]!] }),
      kept('kinds-4', { kinds: [{ ...kinds[0]!, quantity: 0n }] }),
    );
    const request = meteringV1.ListUsageRecordsRequest.fromPartial({ provisionId: prv('by-kind') });
    await eventually(async () => {
      const { records } = await service.usage().listUsageRecords(request);
      const known = new Map(records.map((record) => [record.requestId, record]));
      // A kind twice, or nothing of one, is no usage that can be read.
      expect([...known.keys()].sort()).toEqual(['kinds-1', 'kinds-2']);
      expect(known.get('kinds-1')?.serviceTier).toBe('priority');
      const byKind = (known.get('kinds-1')?.kinds ?? []).sort((one, other) => one.kind - other.kind);
      expect(byKind).toEqual(kinds);
      expect(known.get('kinds-2')).toMatchObject({ kinds: [], serviceTier: '' });
    });
  });

  it('keeps the price book that each call was priced by, whatever book came after it', async () => {
    const priced = (requestId: string, priceBookVersion: bigint | undefined, amountNanoUsd: bigint) =>
      recordOf({ requestId, priceBookVersion, amountNanoUsd, provisionId: prv('repriced') });
    const kept = async () => {
      const request = { provisionId: prv('repriced') };
      const listed = await service
        .usage()
        .listUsageRecords(meteringV1.ListUsageRecordsRequest.fromPartial(request));
      return listed.records
        .map(({ requestId, priceBookVersion, amountNanoUsd }) => [requestId, priceBookVersion, amountNanoUsd])
        .sort();
    };
    await service.record(priced('book-1', 7n, 100n));
    await eventually(async () => expect(await kept()).toEqual([['book-1', 7n, 100n]]));
    // Told again by a gateway that knows the next book by then, it stays what it was.
    await service.record(
      priced('book-1', 8n, 10n),
      priced('book-2', 8n, 10n),
      priced('book-3', undefined, 1n),
    );
    await eventually(async () =>
      expect(await kept()).toEqual([
        ['book-1', 7n, 100n],
        ['book-2', 8n, 10n],
        ['book-3', undefined, 1n],
      ]),
    );
  });

  it('builds its view of the limits anew, to the byte', async () => {
    const pool = createPool(service.database.urlAs('metering'), { name: 'rebuild' });
    const before = await dumpProjection(pool, limitsProjection.schema);
    expect(before).toContain(deriveId('lim', 'p'));
    await rebuildProjection({
      projection: limitsProjection,
      pool,
      schema: 'metering',
      consumer: new PostgresBusConsumer(pool),
    });
    expect(await dumpProjection(pool, limitsProjection.schema)).toBe(before);
    const { outcome } = await service.ledger().askLease(askOf([[PROVISION, prv('free')]], { nanoUsd: 1n }));
    expect(outcome?.$case).toBe('grant');
    await pool.end();
  });

  it('goes on after a restart where it was, and tells what waited', async () => {
    await service.provision('restart', 'w', [usd('restart', 100n)]);
    const ask = askOf([[PROVISION, prv('restart')]], { nanoUsd: 60n });
    const grant = grantOf(await eventually(() => service.ledger().askLease(ask)));
    // As a process leaves it that dies between deciding an event and telling it.
    const { rows } = await service.pool.query<{ id: string }>(
      `INSERT INTO metering.pending_event (event_id, organization_id, stream, type, version, data)
       VALUES (gen_random_uuid(), $1, 'budget-lim_00000000000000000000000000', 'HoldExceeded', 1, $2)
       RETURNING event_id AS id`,
      [
        OURS,
        JSON.stringify({
          limitId: 'lim_00000000000000000000000000',
          leaseId: grant.leaseId,
          cap: '1',
          charged: '2',
        }),
      ],
    );
    await service.restart();
    expect(grantOf(await eventually(() => service.ledger().askLease(ask)))).toEqual(grant);
    await close(grant.leaseId, { nanoUsd: 60n });
    expect(await stateOf('restart')).toMatchObject({ spent: 60n, held: 0n });
    await eventually(async () =>
      expect(await store.read('budget-lim_00000000000000000000000000')).toMatchObject([
        { metadata: { requestId: rows[0]?.id } },
      ]),
    );
  });

  it('corrects what was charged and not billed once somebody else has approved it, and no more than that', async () => {
    const limitId = deriveId('lim', 'wrong');
    const journalId = deriveId('jnl', 'wrong');
    const leases = service.leases();
    await service.provision('wrong', 'w', [usd('wrong', 100n)]);
    const start = startOf(journalId);
    await leases.beginJournal(start);
    const exchange = (more: object) =>
      leases.exchange(ExchangeRequest.fromPartial({ journalId, incarnation: 1n, ...more }));
    const granted = async (askId: string, nanoUsd: bigint): Promise<meteringV1.GrantedLease> => {
      const scopes = [{ kind: PROVISION, id: prv('wrong') }];
      const ask = { askId, organizationId: OURS, scopes, want: { nanoUsd }, least: { nanoUsd } };
      return eventually(async () => {
        const outcome = (await exchange({ asks: [ask] })).answers[0]?.outcome;
        if (outcome?.$case !== 'grant') throw new Error(`not granted: ${outcome?.$case}`);
        return outcome.value.leases[0] as meteringV1.GrantedLease;
      });
    };
    const { number, limit } = await granted('a', 40n);
    const { unit, periodStart } = limit as meteringV1.LimitState;
    const said = { organizationId: OURS, limitId, periodStart, unit, cap: 40n };
    await exchange({ finals: [{ number, ...said, count: 2n, sum: 40n, doubt: 30n }] });
    await granted('b', 20n);
    await until(async () => (await stateOf('wrong'))?.quarantined === 20n);
    await service.record(
      recordOf({
        ...{ requestId: 'wrong', amountNanoUsd: 10n, provisionId: prv('wrong') },
        ...{ journalId, leases: [number] },
      }),
    );
    await approval(true);
    const budgets = service.budgets();
    const fields = { reason: 'the invoice', limitId };
    const commands = {
      waiveDoubt: () => budgets.waiveDoubt({ ...fields, requestId: 'waive wrong' }),
      releaseHeld: () => budgets.releaseHeld({ ...fields, requestId: 'release wrong' }),
      adjustUsage: () =>
        eventually(() =>
          service
            .usage()
            .adjustUsage({ ...ADJUST, requestId: 'adjust wrong', usageRequestId: 'wrong', amountNanoUsd: 4n })
            .catch((error: AppError) => {
              if (error.reason === 'APPROVAL_REQUIRED') return error;
              throw error;
            }),
        ).then((error) => Promise.reject(error as Error)),
    };
    const made: provisioningV1.ProposeCorrectionRequest[] = [];
    for (const [name, command] of Object.entries(commands)) {
      await expect(command()).rejects.toMatchObject({ code: 'REFUSED', reason: 'APPROVAL_REQUIRED' });
      const proposed = service.desk.corrections.at(-1) as provisioningV1.ProposeCorrectionRequest;
      expect(proposed).toMatchObject({ organizationId: OURS, correction: { correction: { $case: name } } });
      made.push(proposed);
    }
    expect(made.map(({ scopes }) => scopes)).toEqual(Array(3).fill(['policies.update']));
    expect(made[0]?.correction).toMatchObject({ correction: { value: { doubt: 30n, periodStart } } });
    expect(made[2]?.correction).toMatchObject({ correction: { value: { beforeNanoUsd: 10n } } });
    expect(await stateOf('wrong')).toMatchObject({ spent: 40n, held: 20n, doubt: 30n });
    service.desk.down = true;
    await expect(commands.waiveDoubt()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    service.desk.down = false;
    const carryOut = (
      { scopes: _scopes, ...proposed }: provisioningV1.ProposeCorrectionRequest,
      more: Partial<meteringV1.CarryOutCorrectionRequest> = {},
      serviceToken = 'provisioning-token',
    ) =>
      service.budgets({ serviceToken }).carryOutCorrection({ ...proposed, causationId: 'approval', ...more });
    const [waiver, release, adjustment] = made as [
      provisioningV1.ProposeCorrectionRequest,
      provisioningV1.ProposeCorrectionRequest,
      provisioningV1.ProposeCorrectionRequest,
    ];
    for (const other of ['gateway-token', 'metering-token', 'operator-token'])
      await expect(carryOut(waiver, {}, other)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    for (const bad of [{ correction: undefined }, { proposedBy: undefined }, { causationId: '' }])
      await expect(carryOut(waiver, bad)).rejects.toMatchObject({ reason: 'REQUEST_INVALID' });
    await expect(carryOut(waiver, { organizationId: THEIRS })).rejects.toMatchObject({
      reason: 'LIMIT_UNKNOWN',
    });
    const ofAnother = (value: object, of: provisioningV1.ProposeCorrectionRequest) => {
      const { correction } = of.correction as { correction: { $case: string; value: object } };
      return {
        correction: { correction: { ...correction, value: { ...correction.value, ...value } } } as never,
      };
    };
    for (const changed of [
      carryOut(waiver, ofAnother({ periodStart: new Date(0) }, waiver)),
      carryOut(adjustment, ofAnother({ beforeNanoUsd: 11n }, adjustment)),
    ])
      await expect(changed).rejects.toMatchObject({ reason: 'REVISION_MISMATCH' });
    // Silent since then only.
    await carryOut(release, ofAnother({ silentBefore: new Date(0) }, release));
    expect(await stateOf('wrong')).toMatchObject({ spent: 40n, held: 20n, doubt: 30n });
    for (const each of made) {
      await carryOut(each);
      await carryOut(each);
    }
    expect(await stateOf('wrong')).toMatchObject({ spent: 4n, held: 0n, doubt: 0n });
    // The requests themselves are answered as if nobody had had to approve them.
    expect((await commands.waiveDoubt()).budget).toMatchObject({ state: { spent: 4n } });
    expect(await commands.releaseHeld()).toMatchObject({ released: 0 });
    await eventually(async () => {
      const events = [
        ...(await store.read(`budget-${limitId}`)),
        ...(await store.read(`adjustment-${deriveId('adj', 'wrong', '1')}`)),
      ].filter(({ type }) => ['DoubtWaived', 'QuarantineReleased', 'UsageAdjusted'].includes(type));
      expect(events.map(({ type }) => type).sort()).toEqual([
        'DoubtWaived',
        'QuarantineReleased',
        'UsageAdjusted',
      ]);
      for (const { metadata } of events)
        expect(metadata).toMatchObject({ causationId: 'approval', actor: { id: key('gh_ours') } });
    });
    await approval(false);
  });
});
