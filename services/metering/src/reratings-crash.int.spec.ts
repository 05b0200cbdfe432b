import { ServiceProcess } from '@gatehouse/embedded-postgres/testing';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { deriveId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { eventsV1, meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { Client } from 'pg';
import { MeteringService, OURS } from './testing/metering-service';

const PATIENCE_MS = 60_000;
const JOURNAL = deriveId('jnl', 'j');
const PROVISION = deriveId('prv', 'p');
const LIMIT = deriveId('lim', 'p');
const USD_A_MILLION = 1_000_000_000n;
/** Two batches of 250, and one that ends it. */
const RECORDS = 600;
const BATCHES = [1, 2, 3];
const BEFORE = 10_000n;
const AFTER = 20_000n;

describe('a rerating whose process is killed in the middle of a batch', () => {
  let service: MeteringService;
  let metering: ServiceProcess;
  let store: PostgresEventStore;
  /** Has a batch stand still where all of it is written but the end. */
  let holder: Client;

  beforeAll(async () => {
    service = await MeteringService.start(
      async (settings) => (metering = await ServiceProcess.start('metering', settings)),
    );
    store = PostgresEventStore.connect(service.database.urlAs('metering'));
    holder = new Client({ connectionString: service.database.superuserUrl });
    await holder.connect();
    await holder.query(
      `CREATE FUNCTION metering.held_up() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END'`,
    );
    service.registry.books.push({
      small: typeV1.Rates.fromPartial({ input: 2n * USD_A_MILLION, output: 0n }),
    });
    await service.issueKey('gh_ours', undefined);
    await service.createWorkspace('w', []);
    const budget = {
      amount: { $case: 'nanoUsd', value: 1_000_000_000n },
      reset: { period: typeV1.ResetPeriod.NEVER },
    } as const;
    await service.provision('p', 'w', [
      typeV1.Limit.fromPartial({ id: LIMIT, kind: { $case: 'budget', value: budget } }),
    ]);
    await call();
  }, PATIENCE_MS);

  afterAll(async () => {
    await holder?.end();
    await store?.close();
    await service?.stop();
  }, PATIENCE_MS);

  /** Records of calls under one lease, which is closed with what they cost. */
  const call = async (): Promise<void> => {
    await eventually(() => service.ledger().openJournal({ journalId: JOURNAL, incarnation: 1n }));
    const ask = meteringV1.AskLeaseRequest.fromPartial({
      ...{ journalId: JOURNAL, incarnation: 1n, askId: 'ask', organizationId: OURS },
      scopes: [{ kind: meteringV1.ScopeKind.PROVISION, id: PROVISION, revision: 0n }],
      want: { nanoUsd: 50_000_000n },
      least: { nanoUsd: 50_000_000n },
    });
    const { outcome } = await eventually(() => service.ledger().askLease(ask));
    if (outcome?.$case !== 'grant') throw new Error('not granted');
    const { leaseId } = outcome.value;
    const sum = { nanoUsd: BEFORE * BigInt(RECORDS), tokens: 10n * BigInt(RECORDS) };
    await service.ledger().closeLease(
      meteringV1.CloseLeaseRequest.fromPartial({
        ...{ journalId: JOURNAL, leaseId, sum, count: BigInt(RECORDS) },
      }),
    );
    const admitted = new Date('2026-11-10T10:00:00Z').getTime();
    const records = Array.from({ length: RECORDS }, (_, index) =>
      meteringV1.UsageRecord.fromPartial({
        ...{ requestId: `req-${index}`, attempt: 1, organizationId: OURS, workspaceId: deriveId('ws', 'w') },
        ...{ provisionId: PROVISION, integrationId: deriveId('int', 'i'), model: 'small', leaseId },
        ...{ inputTokens: 10n, outputTokens: 0n, amountNanoUsd: BEFORE, apiKeyId: deriveId('key', 'k') },
        kinds: [{ kind: meteringV1.UsageKind.INPUT, quantity: 10n, nanoUsdPerMillion: USD_A_MILLION }],
        outcome: meteringV1.UsageOutcome.COMPLETED,
        ...{ admittedAt: new Date(admitted + index), settledAt: new Date(admitted + 1_000) },
      }),
    );
    await service.record(...records);
    await eventually(async () => expect(await count('metering.usage_record')).toBe(RECORDS), PATIENCE_MS);
  };

  const count = async (table: string): Promise<number> =>
    (await service.pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]
      ?.count ?? -1;

  /** Once the process stands still in that batch. */
  const killedIn = async (batch: number): Promise<void> => {
    await eventually(
      async () =>
        expect(await count(`pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted`)).toBe(1),
      PATIENCE_MS,
    );
    await metering.end('SIGKILL');
    await letGo();
    expect(await done()).toEqual({ batches: batch - 1, corrections: 250 * (batch - 1) });
  };

  const holdUp = async (batch: number): Promise<void> => {
    await holder.query('SELECT pg_advisory_lock(4711)');
    await holder.query(
      `CREATE TRIGGER held_up BEFORE UPDATE ON metering.rerating FOR EACH ROW
       WHEN (NEW.batches = ${batch} AND OLD.batches < ${batch}) EXECUTE FUNCTION metering.held_up()`,
    );
  };

  /** What it was at ends with its connections. */
  const letGo = async (): Promise<void> => {
    await holder.query('SELECT pg_advisory_unlock(4711)');
    const connected = `pg_stat_activity WHERE usename = 'gatehouse_metering' AND datname = current_database() AND application_name <> 'spec'`;
    await eventually(async () => expect(await count(connected)).toBe(0), PATIENCE_MS);
    await holder.query('DROP TRIGGER held_up ON metering.rerating');
  };

  const done = async () => {
    const { rows } = await service.pool.query<{ batches: number }>('SELECT batches FROM metering.rerating');
    return { batches: rows[0]?.batches, corrections: await count('metering.usage_correction') };
  };

  const spent = async () => (await service.budgets().getBudget({ limitId: LIMIT })).budget?.state?.spent;

  it(
    'goes on where it was, and corrects each attempt once',
    async () => {
      await holdUp(1);
      const { rerating } = await service.usage().rerateUsage({
        ...{ requestId: 'twice as dear', reason: 'a wrong price' },
        terms: meteringV1.RerateTerms.fromPartial({
          ...{ from: new Date('2026-11-10T00:00:00Z'), to: new Date('2026-11-10T23:59:59.999Z') },
        }),
      });
      const id = rerating?.id ?? '';
      for (const batch of BATCHES) {
        if (batch > 1) await holdUp(batch);
        if (batch > 1) await service.restart();
        await killedIn(batch);
      }
      await service.restart();
      await eventually(async () => {
        const { rerating: now } = await service.usage().getRerating({ reratingId: id });
        expect(now).toMatchObject({
          ...{ status: meteringV1.ReratingStatus.DONE, failures: 0 },
          tally: {
            changed: BigInt(RECORDS),
            beforeNanoUsd: BEFORE * BigInt(RECORDS),
            afterNanoUsd: AFTER * BigInt(RECORDS),
          },
        });
      }, PATIENCE_MS);
      expect(await done()).toEqual({ batches: BATCHES.length, corrections: RECORDS });
      expect(
        await count('(SELECT DISTINCT usage_request_id, attempt FROM metering.usage_correction) AS one'),
      ).toBe(RECORDS);
      expect(await spent()).toBe(AFTER * BigInt(RECORDS));
      await eventually(async () => {
        const events = await store.read(`rerating-${id}`);
        expect(events.map(({ type }) => type)).toEqual([
          'UsageReratingBegun',
          ...BATCHES.map(() => 'UsageRerated'),
          'UsageReratingEnded',
        ]);
        expect(
          events.flatMap(({ type, data }) =>
            type === 'UsageRerated' ? [eventsV1.UsageRerated.fromJSON(data).batch] : [],
          ),
        ).toEqual(BATCHES);
      }, PATIENCE_MS);
      const { differences } = await service
        .books()
        .reconcile({ fromDay: '2026-11-10', toDay: '2026-11-10', lagSeconds: 0 });
      expect(differences).toEqual([]);
    },
    4 * PATIENCE_MS,
  );
});
