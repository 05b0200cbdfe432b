import type { PoolClient } from 'pg';
import type { HeldLease } from '../../domain/journal/held-lease';
import { keyOfAsk, type LedgerBook } from '../../domain/ledger/ledger-book';
import { toRowSliceOutcome } from './held-lease.rows';
import { sendLines } from './waiting-line-writes';
import { type Sent, toRowInstant } from './row-instant';

const INSERT_HELD = {
  name: 'held-insert',
  text: `INSERT INTO metering.held_lease (journal_id, number, organization_id, limit_id, period_start, unit, scope_kind,
           scope_id, revision, admit_until, turn, status, deadline, cap, sequence, count, sum, doubt, released, granted_at, closed_at)
         SELECT *, $20, CASE WHEN status = 'closed' THEN $20::timestamptz END
         FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[],
           $8::text[], $9::bigint[], $10::timestamptz[], $11::bigint[], $12::text[], $13::timestamptz[], $14::bigint[],
           $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::boolean[])
           AS new (journal_id, number, organization_id, limit_id, period_start, unit, scope_kind, scope_id, revision,
             admit_until, turn, status, deadline, cap, sequence, count, sum, doubt, released)`,
};

const UPDATE_HELD = {
  name: 'held-update',
  text: `UPDATE metering.held_lease l SET status = new.status, deadline = new.deadline, cap = new.cap,
           sequence = new.sequence, count = new.count, sum = new.sum, doubt = new.doubt, released = new.released,
           closed_at = CASE WHEN new.status = 'closed' THEN $11::timestamptz END
         FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
           $8::bigint[], $9::bigint[], $10::boolean[])
           AS new (journal_id, number, status, deadline, cap, sequence, count, sum, doubt, released)
         WHERE l.journal_id = new.journal_id AND l.number = new.number`,
};

const INSERT_OUTCOMES = {
  name: 'slice-asks-insert',
  text: `INSERT INTO metering.slice_ask (journal_id, ask_id, outcome, asked_at, waited)
         SELECT journal_id, ask_id, outcome, $4, waited
         FROM unnest($1::text[], $2::text[], $3::json[], $5::boolean[]) AS new (journal_id, ask_id, outcome, waited)`,
};

const INSERT_RESTORED = {
  name: 'restored-insert',
  text: 'INSERT INTO metering.ledger_restored (noticed_at) VALUES ($1) ON CONFLICT DO NOTHING',
};

/** Sends what has changed of leases of one limit, each kind in one statement, and waits for none. */
export const sendHeld = (tx: PoolClient, book: LedgerBook, loaded: ReadonlySet<string>, now: Date): Sent => {
  const { heldLeases, restored } = book.changed;
  const leases = [...heldLeases].map((key) => ({ key, lease: book.heldLeases.get(key) as HeldLease }));
  return [
    ...insertHeld(
      tx,
      leases.filter(({ key }) => !loaded.has(key)).map(({ lease }) => lease),
      now,
    ),
    ...updateHeld(
      tx,
      leases.filter(({ key }) => loaded.has(key)).map(({ lease }) => lease),
      now,
    ),
    ...insertOutcomes(tx, book.changed, now),
    ...sendLines(tx, book),
    ...(restored ? [tx.query(INSERT_RESTORED, [now])] : []),
  ];
};

const insertHeld = (tx: PoolClient, leases: readonly HeldLease[], now: Date): Sent =>
  leases.length === 0
    ? []
    : [
        tx.query(INSERT_HELD, [
          ...identityOf(leases),
          leases.map(({ organizationId }) => organizationId),
          leases.map(({ limitId }) => limitId),
          leases.map(({ periodStart }) => toRowInstant(periodStart)),
          leases.map(({ unit }) => unit),
          leases.map(({ scope }) => scope.kind),
          leases.map(({ scope }) => scope.id),
          leases.map(({ revision }) => revision),
          leases.map(({ admitUntil }) => toRowInstant(admitUntil)),
          leases.map(({ turn }) => turn),
          ...stateOf(leases),
          now,
        ]),
      ];

const updateHeld = (tx: PoolClient, leases: readonly HeldLease[], now: Date): Sent =>
  leases.length === 0 ? [] : [tx.query(UPDATE_HELD, [...identityOf(leases), ...stateOf(leases), now])];

const identityOf = (leases: readonly HeldLease[]) => [
  leases.map(({ journalId }) => journalId),
  leases.map(({ number }) => number),
];

/** Columns `status` … `released`. */
const stateOf = (leases: readonly HeldLease[]) => [
  leases.map(({ status }) => status),
  leases.map(({ deadline }) => toRowInstant(deadline)),
  leases.map(({ cap }) => cap),
  leases.map(({ sequence }) => sequence),
  leases.map(({ count }) => count),
  leases.map(({ sum }) => sum),
  leases.map(({ doubt }) => doubt),
  leases.map(({ released }) => released),
];

/** Of those that stood in line it is kept, for whoever listens elsewhere. */
const insertOutcomes = (
  tx: PoolClient,
  { sliceOutcomes: outcomes, waiters }: LedgerBook['changed'],
  now: Date,
): Sent =>
  outcomes.length === 0
    ? []
    : [
        tx.query(INSERT_OUTCOMES, [
          outcomes.map(({ journalId }) => journalId),
          outcomes.map(({ askId }) => askId),
          outcomes.map(({ outcome }) => toRowSliceOutcome(outcome)),
          now,
          outcomes.map(({ journalId, askId }) => waiters.has(keyOfAsk(journalId, askId))),
        ]),
      ];
