import type { LimitId } from '@gatehouse/kernel';
import type { AskSlices, SliceAnswer } from '../domain/journal/slices';
import { sharesOf } from '../domain/journal/held-lease';
import { hasLeft, isWaiting } from '../domain/journal/waiting-line';
import type { Place, Waiter } from '../domain/journal/waiter';
import { keyOfAsk, type LedgerBook } from '../domain/ledger/ledger-book';
import { type LedgerRow, rowInForce } from '../domain/ledger/ledger-row';
import type { Unit } from '../domain/limit/limit-in-force';

/** A limit as an ask finds it, reckoned from the books by other ways than the decisions. */
interface Found {
  readonly row: LedgerRow;
  readonly need: bigint;
  /** What could be free once all holds have settled at nothing. */
  readonly reachable: bigint;
  /** Who came first, unless the ask itself came to a line before, or can wait no longer. */
  readonly head: { readonly least: bigint; readonly beside: bigint } | undefined;
}

/** What is wrong with an answer that is not a repetition, by the books as they were before it. */
export const answerFaults = (
  ask: AskSlices,
  answer: SliceAnswer,
  book: LedgerBook,
  now: Date,
): readonly string[] => {
  if (book.sliceOutcomes.has(keyOfAsk(ask.journalId, ask.askId))) return [];
  const found = limitsOf(ask, book, now);
  switch (answer.kind) {
    case 'waiting':
      if (!waits(ask, book, now)) return [`${ask.askId} is to wait, and cannot`];
      return fits(found) ? [`${ask.askId} is to wait for what fits`] : [];
    case 'denial':
      return denialFaults(ask, found, book, now);
    case 'slices':
      return found.flatMap(({ row, need, head }) => {
        const cap = answer.leases.find(({ limit }) => limit.limitId === row.limitId)?.cap ?? 0n;
        const first = cap > need ? firstOf(othersIn(ask, row, book, now), row, book) : head;
        if (!first || cap === 0n) return [];
        const left = reachableOf(row) - first.beside - cap;
        return left < first.least
          ? [`${ask.askId} was granted ${cap}, which leaves ${left} to the head`]
          : cap > need && isWanted(ask, row, book, now)
            ? [
                `${ask.askId} was granted ${cap} and needs ${need}, while somebody waits for what it might leave`,
              ]
            : [];
      });
    case 'notSeen':
    case 'expired':
    case 'refused':
      return [];
  }
};

const denialFaults = (ask: AskSlices, found: readonly Found[], book: LedgerBook, now: Date) => {
  const stood = book.waiter(ask.journalId, ask.askId);
  if (stood && ask.waitMs > 0 && hasLeft(stood, now)) return [];
  if (fits(found)) return [`${ask.askId} was denied what fits`];
  const possible = found.every(({ need, reachable }) => need <= reachable);
  return possible && waits(ask, book, now) ? [`${ask.askId} was denied what may fit within its wait`] : [];
};

/** It can stand in line, still or from now on. */
const waits = (ask: AskSlices, book: LedgerBook, now: Date): boolean => {
  const stood = book.waiter(ask.journalId, ask.askId);
  return ask.waitMs > 0 && (!stood || isWaiting(stood, now));
};

/** Nobody waits for what fits, nor for longer than said. */
export const lineFaults = (book: LedgerBook, now: Date): readonly string[] =>
  [...book.waiters.values()].flatMap((waiter) => {
    const { ask } = waiter;
    if (!isWaiting(waiter, now)) return [`${ask.askId} waits beyond its time`];
    return fits(limitsOf(ask, book, now)) ? [`${ask.askId} waits while it fits`] : [];
  });

const fits = (found: readonly Found[]): boolean =>
  found.every(({ row, need, reachable, head }) => {
    if (row.amount - row.closed - row.open - row.ahead < need) return false;
    return !head || need === 0n || head.beside + need + head.least <= reachable;
  });

const limitsOf = (ask: AskSlices, book: LedgerBook, now: Date): readonly Found[] =>
  ask.scopes
    .flatMap(({ scope }) => book.scope(scope)?.limits ?? [])
    .filter(({ limit: { id, unit } }) => (ask.wishes.get(id) ?? ask.want[unit as Unit]) > 0n)
    .map((inForce) => {
      const row = rowInForce(inForce, book.presentRow(inForce.limit.id, now), now);
      const need = ask.least[inForce.limit.unit];
      return { row, need, reachable: reachableOf(row), head: headOf(ask, row, book, now) };
    });

const reachableOf = ({ amount, closed, quarantined, ahead }: LedgerRow): bigint =>
  amount - closed - quarantined - ahead;

const headOf = (ask: AskSlices, row: LedgerRow, book: LedgerBook, now: Date): Found['head'] => {
  const line = placesOf(row, book, now);
  const [head] = line;
  if (!head) return undefined;
  if (!waits(ask, book, now)) return undefined;
  const own = book.waiters.get(keyOfAsk(ask.journalId, ask.askId));
  return own && own.came <= head.waiter.came ? undefined : firstOf(line, row, book);
};

interface PlaceOf {
  readonly waiter: Waiter;
  readonly place: Place;
}

/** A limit's line, in order. */
const placesOf = (row: LedgerRow, book: LedgerBook, now: Date): readonly PlaceOf[] =>
  [...book.waiters.values()]
    .filter((waiter) => isWaiting(waiter, now))
    .flatMap((waiter) => placesIn(waiter, row.limitId).map((place) => ({ waiter, place })))
    .sort((one, other) => Number(one.waiter.came - other.waiter.came));

const othersIn = (ask: AskSlices, row: LedgerRow, book: LedgerBook, now: Date): readonly PlaceOf[] => {
  const own = book.waiters.get(keyOfAsk(ask.journalId, ask.askId));
  return placesOf(row, book, now).filter(({ waiter }) => waiter !== own);
};

const firstOf = ([head]: readonly PlaceOf[], row: LedgerRow, book: LedgerBook): Found['head'] =>
  head && { least: head.place.least, beside: openSince(head.place.turn, row, book) };

/** Some other who waits may fit, if all settles at nothing that was granted since the first of them came. */
const isWanted = (ask: AskSlices, row: LedgerRow, book: LedgerBook, now: Date): boolean => {
  const places = othersIn(ask, row, book, now).map(({ place }) => place);
  const free = row.amount - row.closed - row.open - row.ahead;
  return places.some(({ least }) => places.some(({ turn }) => free + openSince(turn, row, book) >= least));
};

const openSince = (turn: bigint, row: LedgerRow, book: LedgerBook): bigint => {
  let open = 0n;
  for (const lease of book.heldLeases.values()) {
    const ofRow = lease.limitId === row.limitId && lease.periodStart.getTime() === row.start.getTime();
    if (ofRow && lease.status === 'open' && lease.turn > turn) open += sharesOf(lease).open;
  }
  return open;
};

const placesIn = ({ places }: Waiter, limitId: LimitId) =>
  places.filter((place) => place.limitId === limitId);
