import type { PoolClient } from 'pg';
import type { LedgerBook } from '../../domain/ledger/ledger-book';
import { type Sent, toRowInstant } from './row-instant';
import { toRowAsk, toRowWaitersDenial } from './waiting-line.rows';

/** Where it stands already it stays. */
const INSERT = {
  name: 'lines-insert',
  text: `INSERT INTO metering.ask_in_line (journal_id, ask_id, limit_id, least, turn, came, waits_until, ask, denial)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[],
           $8::json[], $9::json[])
         ON CONFLICT DO NOTHING`,
};

const DELETE = {
  name: 'lines-delete',
  text: `DELETE FROM metering.ask_in_line USING unnest($1::text[], $2::text[]) AS gone (journal_id, ask_id)
         WHERE ask_in_line.journal_id = gone.journal_id AND ask_in_line.ask_id = gone.ask_id`,
};

/** Sends who has come to lines and who has left them, and waits for nothing. */
export const sendLines = (tx: PoolClient, { changed, waiters }: LedgerBook): Sent => {
  const come = [...changed.waiters].flatMap(([key]) => waiters.get(key) ?? []);
  const gone = [...changed.waiters].flatMap(([key, { ask }]) => (waiters.has(key) ? [] : [ask]));
  const places = come.flatMap((waiter) => waiter.places.map((place) => ({ ...place, waiter })));
  return [
    ...(gone.length > 0
      ? [tx.query(DELETE, [gone.map(({ journalId }) => journalId), gone.map(({ askId }) => askId)])]
      : []),
    ...(places.length > 0
      ? [
          tx.query(INSERT, [
            places.map(({ waiter }) => waiter.ask.journalId),
            places.map(({ waiter }) => waiter.ask.askId),
            places.map(({ limitId }) => limitId),
            places.map(({ least }) => least),
            places.map(({ turn }) => turn),
            places.map(({ waiter }) => waiter.came),
            places.map(({ waiter }) => toRowInstant(waiter.until)),
            places.map(({ waiter }) => toRowAsk(waiter.ask)),
            places.map(({ waiter }) => toRowWaitersDenial(waiter)),
          ]),
        ]
      : []),
  ];
};
