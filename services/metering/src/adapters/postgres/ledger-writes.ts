import type { PoolClient } from 'pg';
import type { LedgerRow } from '../../domain/ledger/ledger-row';
import type { LedgerBook } from '../../domain/ledger/ledger-book';
import type { Journal, Lease } from '../../domain/lease/lease';
import type { PendingEvent } from '../../domain/lease/lease.events';
import { toRowOutcome } from './ask-outcome.row';
import { toRowAlerts } from './ledger.rows';
import { sendHeld } from './held-lease-writes';
import { type Sent, toRowInstant } from './row-instant';
import { toStoredEvent } from '../events/budget-event.codec';

const SET_JOURNALS = {
  name: 'journals-write',
  text: `UPDATE metering.journal j SET incarnation = new.incarnation, last_lease = new.last_lease,
           acknowledged_below = new.acknowledged_below, untold_at = new.untold_at
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
           AS new (journal_id, incarnation, last_lease, acknowledged_below, untold_at)
         WHERE j.journal_id = new.journal_id
           AND (j.incarnation, j.last_lease, j.acknowledged_below, j.untold_at)
             IS DISTINCT FROM (new.incarnation, new.last_lease, new.acknowledged_below, new.untold_at)`,
};

const INSERT_ASKS = {
  name: 'asks-insert',
  text: `INSERT INTO metering.ask (journal_id, ask_id, outcome, asked_at)
         SELECT journal_id, ask_id, outcome, $4
         FROM unnest($1::text[], $2::text[], $3::json[]) AS new (journal_id, ask_id, outcome)`,
};

const INSERT_LEASES = {
  name: 'leases-insert',
  text: `INSERT INTO metering.lease (lease_id, journal_id, ask_id, organization_id, status, deadline, admit_until)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
           $7::timestamptz[])`,
};

const INSERT_SLICES = {
  name: 'slices-insert',
  text: `INSERT INTO metering.lease_limit (lease_id, limit_id, period_start, unit, cap)
         SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[])`,
};

const UPDATE_LEASES = {
  name: 'leases-update',
  text: `UPDATE metering.lease l SET status = new.status, deadline = new.deadline, returns = new.returns,
           count = new.count, sum_nano_usd = new.sum_nano_usd, sum_tokens = new.sum_tokens,
           sum_requests = new.sum_requests, doubt_nano_usd = new.doubt_nano_usd, doubt_tokens = new.doubt_tokens,
           doubt_requests = new.doubt_requests
         FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
           $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
           AS new (lease_id, status, deadline, returns, count, sum_nano_usd, sum_tokens, sum_requests, doubt_nano_usd,
             doubt_tokens, doubt_requests)
         WHERE l.lease_id = new.lease_id`,
};

const UPDATE_SLICES = {
  name: 'slices-update',
  text: `UPDATE metering.lease_limit s SET cap = new.cap, charged = new.charged
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS new (lease_id, limit_id, cap, charged)
         WHERE s.lease_id = new.lease_id AND s.limit_id = new.limit_id
           AND (s.cap <> new.cap OR s.charged <> new.charged)`,
};

const ROW_COLUMNS = `limit_id, period_start, period_end, rule, scope_kind, scope_id, budget, amount, closed, open, doubt,
           quarantined, ceiling, open_leases, announced, turn, announced_amount, cheapest, exhausted, organization_id, unit,
           alerts, attempts, digest, over, reset_by, recovered`;

const GIVEN_ROWS = `unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
           $7::boolean[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
           $14::integer[], $15::smallint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::boolean[], $20::text[],
           $21::text[], $22::text[], $23::bigint[], $24::text[], $25::boolean[], $26::text[], $27::bigint[])`;

/** A row that another process has made meanwhile is a unique violation: everything is then done again. */
const INSERT_ROWS = {
  name: 'ledger-insert',
  text: `INSERT INTO metering.ledger (${ROW_COLUMNS}) SELECT * FROM ${GIVEN_ROWS}`,
};

const UPDATE_ROWS = {
  name: 'ledger-update',
  text: `UPDATE metering.ledger r SET period_end = new.period_end, rule = new.rule, scope_kind = new.scope_kind,
           scope_id = new.scope_id, budget = new.budget, amount = new.amount,
           closed = new.closed, open = new.open, doubt = new.doubt, quarantined = new.quarantined,
           ceiling = new.ceiling, open_leases = new.open_leases, announced = new.announced, turn = new.turn,
           announced_amount = new.announced_amount, cheapest = new.cheapest, exhausted = new.exhausted,
           organization_id = new.organization_id, unit = new.unit, alerts = new.alerts,
           attempts = new.attempts, digest = new.digest, over = new.over, reset_by = new.reset_by,
           recovered = new.recovered
         FROM ${GIVEN_ROWS} AS new (${ROW_COLUMNS})
         WHERE r.limit_id = new.limit_id AND r.period_start = new.period_start`,
};

const INSERT_EVENTS = {
  name: 'events-insert',
  text: `INSERT INTO metering.pending_event (event_id, organization_id, stream, type, version, data, asked)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::json[], $7::json[])
         ON CONFLICT DO NOTHING`,
};

/** What was in the database when the pages were loaded. */
export interface Loaded {
  readonly leases: ReadonlySet<string>;
  readonly heldLeases: ReadonlySet<string>;
  readonly rows: ReadonlyMap<string, LedgerRow>;
}

/** Sends what the commands have changed on the pages, in one statement per table and kind, and waits for none. */
export const sendChanges = (tx: PoolClient, book: LedgerBook, loaded: Loaded, now: Date): Sent => {
  const { journals, outcomes, events } = book.changed;
  const leases = [...book.changed.leases].flatMap((id) => book.leases.get(id) ?? []);
  const rows = [...book.changed.rows].map((key) => ({ key, row: book.rows.get(key) as LedgerRow }));
  return [
    ...setJournals(
      tx,
      [...journals].flatMap((id) => book.journals.get(id) ?? []),
    ),
    ...insertAsks(tx, outcomes, now),
    ...insertLeases(
      tx,
      leases.filter(({ id }) => !loaded.leases.has(id)),
    ),
    ...updateLeases(
      tx,
      leases.filter(({ id }) => loaded.leases.has(id)),
    ),
    ...insertRows(
      tx,
      rows.filter(({ key }) => !loaded.rows.has(key)).map(({ row }) => row),
    ),
    ...updateRows(
      tx,
      rows.filter(({ key }) => loaded.rows.has(key)).map(({ row }) => row),
    ),
    ...sendHeld(tx, book, loaded.heldLeases, now),
    ...insertEvents(tx, events),
  ];
};

const setJournals = (tx: PoolClient, journals: readonly Journal[]): Sent =>
  journals.length === 0
    ? []
    : [
        tx.query(SET_JOURNALS, [
          journals.map(({ id }) => id),
          journals.map(({ incarnation }) => incarnation),
          journals.map(({ lastLease }) => lastLease),
          journals.map(({ acknowledgedBelow }) => acknowledgedBelow),
          journals.map(({ untoldAt }) => toRowInstant(untoldAt)),
        ]),
      ];

const insertAsks = (tx: PoolClient, outcomes: LedgerBook['changed']['outcomes'], now: Date): Sent =>
  outcomes.length === 0
    ? []
    : [
        tx.query(INSERT_ASKS, [
          outcomes.map(({ journalId }) => journalId),
          outcomes.map(({ askId }) => askId),
          outcomes.map(({ outcome }) => toRowOutcome(outcome)),
          now,
        ]),
      ];

export const insertEvents = (tx: PoolClient, events: readonly PendingEvent[]): Sent => {
  if (events.length === 0) return [];
  const stored = events.map(toStoredEvent);
  return [
    tx.query(INSERT_EVENTS, [
      stored.map(({ id }) => id),
      events.map(({ organizationId }) => organizationId),
      stored.map(({ stream }) => stream),
      stored.map(({ type }) => type),
      stored.map(({ version }) => version),
      stored.map(({ data }) => JSON.stringify(data)),
      events.map(({ asked }) => (asked ? JSON.stringify(asked) : null)),
    ]),
  ];
};

const insertLeases = (tx: PoolClient, leases: readonly Lease[]): Sent => {
  if (leases.length === 0) return [];
  const slices = slicesOf(leases);
  const inserted = tx.query(INSERT_LEASES, [
    leases.map(({ id }) => id),
    leases.map(({ journalId }) => journalId),
    leases.map(({ askId }) => askId),
    leases.map(({ organizationId }) => organizationId),
    leases.map(({ status }) => status),
    leases.map(({ deadline }) => toRowInstant(deadline)),
    leases.map(({ admitUntil }) => toRowInstant(admitUntil)),
  ]);
  const insertedSlices = tx.query(INSERT_SLICES, [
    slices.map(({ leaseId }) => leaseId),
    slices.map(({ limitId }) => limitId),
    slices.map(({ periodStart }) => toRowInstant(periodStart)),
    slices.map(({ unit }) => unit),
    slices.map(({ cap }) => cap),
  ]);
  return [inserted, insertedSlices];
};

const updateLeases = (tx: PoolClient, leases: readonly Lease[]): Sent => {
  if (leases.length === 0) return [];
  const slices = slicesOf(leases);
  const updated = tx.query(UPDATE_LEASES, [
    leases.map(({ id }) => id),
    leases.map(({ status }) => status),
    leases.map(({ deadline }) => toRowInstant(deadline)),
    ...accountOf(leases),
  ]);
  const updatedSlices = tx.query(UPDATE_SLICES, [
    slices.map(({ leaseId }) => leaseId),
    slices.map(({ limitId }) => limitId),
    slices.map(({ cap }) => cap),
    slices.map(({ charged }) => charged),
  ]);
  return [updated, updatedSlices];
};

/** Columns `returns` … `doubt_requests`. */
const accountOf = (leases: readonly Lease[]): readonly (readonly bigint[])[] => [
  leases.map(({ returns }) => returns),
  leases.map(({ count }) => count),
  leases.map(({ sum }) => sum.nanoUsd),
  leases.map(({ sum }) => sum.tokens),
  leases.map(({ sum }) => sum.requests),
  leases.map(({ doubt }) => doubt.nanoUsd),
  leases.map(({ doubt }) => doubt.tokens),
  leases.map(({ doubt }) => doubt.requests),
];

const slicesOf = (leases: readonly Lease[]) =>
  leases.flatMap(({ id, slices }) => slices.map((slice) => ({ ...slice, leaseId: id })));

const insertRows = (tx: PoolClient, rows: readonly LedgerRow[]): Sent =>
  rows.length === 0 ? [] : [tx.query(INSERT_ROWS, columnsOf(rows))];

export const updateRows = (tx: PoolClient, rows: readonly LedgerRow[]): Sent =>
  rows.length === 0 ? [] : [tx.query(UPDATE_ROWS, columnsOf(rows))];

/** In the order of `ROW_COLUMNS`. */
const columnsOf = (rows: readonly LedgerRow[]): unknown[][] => [
  rows.map(({ limitId }) => limitId),
  rows.map(({ start }) => toRowInstant(start)),
  rows.map(({ end }) => toRowInstant(end)),
  rows.map(({ rule }) => rule),
  rows.map(({ scope }) => scope.kind),
  rows.map(({ scope }) => scope.id),
  rows.map(({ budget }) => budget),
  rows.map(({ amount }) => amount),
  rows.map(({ closed }) => closed),
  rows.map(({ open }) => open),
  rows.map(({ doubt }) => doubt),
  rows.map(({ quarantined }) => quarantined),
  rows.map(({ ceiling }) => ceiling),
  rows.map(({ openLeases }) => openLeases),
  rows.map(({ announced }) => announced),
  rows.map(({ turn }) => turn),
  rows.map(({ announcedAmount }) => announcedAmount),
  rows.map(({ cheapest }) => cheapest ?? null),
  rows.map(({ exhausted }) => exhausted),
  rows.map(({ organizationId }) => organizationId ?? ''),
  rows.map(({ unit }) => unit ?? null),
  rows.map(({ alerts }) => toRowAlerts(alerts)),
  rows.map(({ attempts }) => attempts),
  rows.map(({ digest }) => digest),
  rows.map(({ over }) => over),
  rows.map(({ resetBy }) => resetBy ?? null),
  rows.map(({ recovered }) => recovered),
];
