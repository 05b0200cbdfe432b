import type { Attempt } from '../../app/gateway.ports';
import type { AttemptName } from './journal-entries';

interface Opened {
  readonly attempt: Attempt;
  /** Rises with each that is opened. */
  readonly number: number;
}

/** A power of two: as many as there are calls at a time where there are many. */
const LISTS = 1_024;
/** The end of a request's id is random. */
const TOLD_APART_BY = 4;

/** -1 where it is not there. */
const placeIn = (list: readonly Opened[], { requestId, attempt: number }: AttemptName): number => {
  for (let at = 0; at < list.length; at++) {
    const { record } = (list[at] as Opened).attempt;
    if (record.requestId === requestId && record.attempt === number) return at;
  }
  return -1;
};

/**
 * Attempts that were not settled, by their names. Two of each call pass through: a `Map` would leave behind tables that lead to those
 * after them, by which all attempts since an old one stay until the old are collected.
 */
export class OpenAttempts {
  private readonly lists: Opened[][] = Array.from({ length: LISTS }, () => []);
  private last = 0;

  /** In the order in which they were opened. */
  get all(): readonly Attempt[] {
    const opened = this.lists.flat().sort((a, b) => a.number - b.number);
    return opened.map(({ attempt }) => attempt);
  }

  /** In place of one of the same name. */
  add(attempt: Attempt): void {
    const list = this.listOf(attempt.record);
    const at = placeIn(list, attempt.record);
    list[at < 0 ? list.length : at] = { attempt, number: ++this.last };
  }

  /** Undefined where it is not there. */
  find(name: AttemptName): Attempt | undefined {
    const list = this.listOf(name);
    return list[placeIn(list, name)]?.attempt;
  }

  /** Where it is there. */
  remove(name: AttemptName): void {
    const list = this.listOf(name);
    const at = placeIn(list, name);
    if (at < 0) return;
    const last = list.pop() as Opened;
    if (at < list.length) list[at] = last;
  }

  private listOf({ requestId }: AttemptName): Opened[] {
    let sum = 0;
    for (let at = Math.max(0, requestId.length - TOLD_APART_BY); at < requestId.length; at++)
      sum = sum * 31 + requestId.charCodeAt(at);
    return this.lists[sum & (LISTS - 1)] as Opened[];
  }
}
