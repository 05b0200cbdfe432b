import {
  ALERTS_BY_DEFAULT,
  AppError,
  type Clock,
  type JournalId,
  type LeaseId,
  LIMIT_AMOUNT_MAX,
  type LimitId,
  type ScopeKind,
} from '@gatehouse/kernel';
import { codeOf, isTransient, onConnection, survivingLosses } from '@gatehouse/postgres';
import { Pool, type PoolClient } from 'pg';
import { decideLedger, type LedgerAnswers, type LedgerCommand } from '../../domain/ledger/ledger-book';
import { Ledger } from '../../app/lease/lease.ports';
import type { LeaseTerms } from '../../domain/lease/lease';
import { type LinesMoved, linesMoved } from '../../domain/ledger/lines-moved';
import { readRecorded } from './held-lease-pages';
import { loadPages } from './ledger-pages';
import { toRowAlerts } from './ledger.rows';
import { sweepLedger } from './ledger-sweep';
import { sendChanges } from './ledger-writes';

type Answer = LedgerAnswers[LedgerCommand['type']];

interface Waiting {
  readonly command: LedgerCommand;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Transacted {
  readonly outcomes: readonly Outcome[];
  readonly events: number;
  readonly moved: LinesMoved;
}

type Outcome = { readonly answer: Answer } | { readonly error: unknown };

export interface PostgresLedgerOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly terms: LeaseTerms;
  /** Called when events were decided that the event store does not have yet. */
  readonly onEvents?: () => void;
}

const SESSION = {
  // A few statements, planned once: with a plan for every call, planning would be most of what they cost.
  plan_cache_mode: 'force_generic_plan',
  // Another process that stands still with our rows in its hands: callers hear of it, and in the end it loses them.
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '10s',
};

/** Commands that share a transaction at most. */
const BATCH_MAX = 128;
const ATTEMPTS_MAX = 5;
/** Commands that may wait: more would only wait for their deadlines. */
const WAITING_MAX = 10_000;
const SWEEP_MAX = 500;
/** Scopes whose limits are looked at in one transaction: the next look goes on. */
const REVIEWED_MAX = 100;
/** A server that vanished without a word is given up after this, and the connection with it. */
const QUERY_TIMEOUT_MS = 10_000;

/** Another process made the same row, or waited for our lock while we waited for its: done again, it works. */
const LOST_RACES = new Set(['23505', '40P01', '40001']);

const SILENT = {
  name: 'leases-silent',
  text: `SELECT lease_id, journal_id FROM metering.lease WHERE status = 'open' AND deadline <= $1
         ORDER BY deadline LIMIT ${SWEEP_MAX}`,
};

/** By the index of what is open, which has no time in it: a deadline changes with every report. */
const SILENT_HELD = {
  name: 'held-silent',
  text: `SELECT journal_id, array_agg(number) AS numbers FROM (
           SELECT journal_id, number FROM metering.held_lease WHERE status = 'open' AND deadline <= $1
           ORDER BY deadline LIMIT ${SWEEP_MAX}
         ) AS silent
         GROUP BY journal_id`,
};

/** As `spellRule` spells it. */
const RULE = `concat(f.period, ':' || nullif(f.every_days, 0), ':' || nullif(f.weekday, ''), '@' || nullif(f.time_zone, ''))`;

/** Some whose limits are not as the present period of one of their budgets knows them, behind those that were looked at last; raises begin and end. */
const CHANGED = {
  name: 'budgets-changed',
  text: `SELECT DISTINCT f.scope_kind, f.scope_id FROM metering_limits.limit_in_force f
         CROSS JOIN LATERAL (
           SELECT * FROM metering.ledger l WHERE l.limit_id = f.limit_id AND l.period_start <= $1
           ORDER BY l.period_start DESC LIMIT 1
         ) AS latest
         WHERE latest.budget AND (latest.period_end IS NULL OR latest.period_end > $1)
           AND (latest.rule <> ${RULE} OR latest.alerts <> coalesce(f.alerts, $2)
             OR latest.amount <> least(f.amount::numeric + CASE WHEN f.raise_until > $1 THEN f.raise_more ELSE 0 END, $3))
           AND ($4::text IS NULL OR (f.scope_kind, f.scope_id) > ($4, $5))
         ORDER BY f.scope_kind, f.scope_id LIMIT ${REVIEWED_MAX}`,
};

const OVER = {
  name: 'periods-over',
  text: `SELECT limit_id, period_start, scope_kind, scope_id FROM metering.ledger
         WHERE budget AND NOT over AND period_end <= $1 AND open_leases = 0 ORDER BY period_end LIMIT ${REVIEWED_MAX}`,
};

interface OverDbRow {
  limit_id: LimitId;
  period_start: Date;
  scope_kind: ScopeKind;
  scope_id: string;
}

/** What Postgres takes for the time. */
export const timeOf = async (pool: Pick<Pool, 'query'>): Promise<Date> => {
  const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return (rows as [{ now: Date }])[0].now;
};

/**
 * The ledger in Postgres, correct with any number of processes. Commands that arrive while a transaction is under way
 * share the next one, one after the other over the same locked pages: on a hot limit the commit, which no two
 * transactions could do at once, is paid once for many. A refused command changes nothing and leaves its companions
 * alone.
 */
export class PostgresLedger extends Ledger {
  private readonly waiting: Waiting[] = [];
  private readonly pool: Pool;
  private busy = false;
  /** Up to where budgets that have changed were looked at; undefined: all were. */
  private reviewed: { readonly kind: ScopeKind; readonly id: string } | undefined;
  private onLines: (moved: LinesMoved) => void = () => undefined;

  constructor(private readonly options: PostgresLedgerOptions) {
    super();
    // One connection of its own, on which a transaction is two round trips.
    this.pool = survivingLosses(
      new Pool({
        ...options.pool.options,
        max: 1,
        pipeline: true,
        query_timeout: QUERY_TIMEOUT_MS,
        options: Object.entries(SESSION)
          .map(([name, value]) => `-c ${name}=${value}`)
          .join(' '),
      }),
    );
  }

  /** @param onLines called when somebody has come to a line, when those in one may be served, and when there is more to be had of a limit. */
  listen(onLines: (moved: LinesMoved) => void): void {
    this.onLines = onLines;
  }

  /** Ends its connection; what is under way is finished before. */
  async close(): Promise<void> {
    await this.pool.end();
  }

  carryOut<Command extends LedgerCommand>(command: Command): Promise<LedgerAnswers[Command['type']]> {
    if (this.waiting.length >= WAITING_MAX) return Promise.reject(new AppError('UNAVAILABLE', 'LEDGER_BUSY'));
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ command, resolve, reject });
      if (!this.busy) void this.work();
    }) as Promise<LedgerAnswers[Command['type']]>;
  }

  async quarantineSilent(): Promise<number> {
    const { rows } = await this.options.pool.query<{ lease_id: LeaseId; journal_id: JournalId }>(SILENT, [
      this.options.clock.now(),
    ]);
    const byJournal = new Map<JournalId, LeaseId[]>();
    for (const { lease_id, journal_id } of rows) {
      byJournal.set(journal_id, [...(byJournal.get(journal_id) ?? []), lease_id]);
    }
    let quarantined = await this.quarantineHeld();
    for (const [journalId, leaseIds] of byJournal) {
      quarantined += await this.carryOut({ type: 'QuarantineLeases', journalId, leaseIds });
    }
    return quarantined;
  }

  sweep(): Promise<number> {
    return sweepLedger(this.options.pool, this.options.clock.now());
  }

  async reviewBudgets(): Promise<number> {
    const { rows } = await this.options.pool.query<{ scope_kind: ScopeKind; scope_id: string }>(CHANGED, [
      ...[this.options.clock.now(), toRowAlerts(ALERTS_BY_DEFAULT), LIMIT_AMOUNT_MAX],
      ...[this.reviewed?.kind ?? null, this.reviewed?.id ?? null],
    ]);
    const scopes = rows.map(({ scope_kind: kind, scope_id: id }) => ({ kind, id }));
    // Whatever some are found for again and again, the others have their turn.
    this.reviewed = scopes.length < REVIEWED_MAX ? undefined : scopes.at(-1);
    if (scopes.length === 0) return 0;
    return this.carryOut({ type: 'ReviewBudgets', scopes });
  }

  async closePeriods(): Promise<number> {
    const { rows } = await this.options.pool.query<OverDbRow>(OVER, [this.options.clock.now()]);
    if (rows.length === 0) return 0;
    const periods = rows.map((row) => ({
      limitId: row.limit_id,
      periodStart: row.period_start,
      scope: { kind: row.scope_kind, id: row.scope_id },
    }));
    return this.carryOut({ type: 'ClosePeriods', periods });
  }

  private async quarantineHeld(): Promise<number> {
    const { rows } = await this.options.pool.query<{ journal_id: JournalId; numbers: bigint[] }>(
      SILENT_HELD,
      [this.options.clock.now()],
    );
    let quarantined = 0;
    for (const { journal_id: journalId, numbers } of rows) {
      quarantined += await this.carryOut({ type: 'QuarantineHeld', journalId, numbers });
    }
    return quarantined;
  }

  private async work(): Promise<void> {
    this.busy = true;
    // What came in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, BATCH_MAX));
    this.busy = false;
  }

  private async settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.attempt(batch.map(({ command }) => command));
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index] as Outcome;
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.answer);
      });
    } catch (error) {
      if (batch.length === 1 || error instanceof AppError) {
        for (const { reject } of batch) reject(error);
        return;
      }
      // The database refused something: whose it was shows when each goes alone.
      for (const one of batch) await this.settle([one]);
    }
  }

  private async attempt(commands: readonly LedgerCommand[]): Promise<readonly Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { outcomes, events, moved } = await onConnection(this.pool, (tx) =>
          this.carryOutAll(tx, commands),
        );
        if (events > 0) this.options.onEvents?.();
        const { joined, freed, roomier } = moved;
        if (joined.size + freed.length + roomier.length > 0) this.onLines(moved);
        return outcomes;
      } catch (error) {
        const lostRace = LOST_RACES.has(codeOf(error) ?? '');
        if (lostRace && attempt < ATTEMPTS_MAX) continue;
        if (error instanceof AppError || !(lostRace || isTransient(error))) throw error;
        throw new AppError('UNAVAILABLE', 'LEDGER_BUSY', { cause: error });
      }
    }
  }

  private async carryOutAll(tx: PoolClient, commands: readonly LedgerCommand[]): Promise<Transacted> {
    const [, book] = await Promise.all([
      tx.query('BEGIN'),
      loadPages(tx, commands, this.options.clock.now()),
    ]);
    await readRecorded(tx, commands, book);
    const loaded = {
      leases: new Set(book.leases.keys()),
      heldLeases: new Set(book.heldLeases.keys()),
      rows: new Map(book.rows),
    };
    // Read after the locks were taken: no later transaction on these pages has an earlier time, on one machine.
    const now = this.options.clock.now();
    const outcomes = commands.map((command): Outcome => {
      try {
        const { answer, change } = decideLedger(command, book, now, this.options.terms);
        book.apply(change);
        return { answer };
      } catch (error) {
        return { error };
      }
    });
    // Where one of the changes fails, COMMIT takes back the others.
    await Promise.all([...sendChanges(tx, book, loaded, now), tx.query('COMMIT')]);
    return { outcomes, events: book.changed.events.length, moved: linesMoved(book, loaded.rows) };
  }
}
