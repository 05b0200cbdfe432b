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
    this.remove(attempt.record);
    this.listOf(attempt.record).push({ attempt, number: ++this.last });
  }

  /** Where it is there. */
  remove({ requestId, attempt: number }: AttemptName): void {
    const list = this.listOf({ requestId });
    for (let at = 0; at < list.length; at++) {
      const { record } = (list[at] as Opened).attempt;
      if (record.requestId !== requestId || record.attempt !== number) continue;
      const last = list.pop() as Opened;
      if (at < list.length) list[at] = last;
      return;
    }
  }

  private listOf({ requestId }: Pick<AttemptName, 'requestId'>): Opened[] {
    let sum = 0;
    for (let at = Math.max(0, requestId.length - TOLD_APART_BY); at < requestId.length; at++)
      sum = sum * 31 + requestId.charCodeAt(at);
    return this.lists[sum & (LISTS - 1)] as Opened[];
  }
}
