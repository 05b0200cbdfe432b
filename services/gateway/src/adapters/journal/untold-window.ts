import type { UntoldRecord } from '../usage/usage-publisher';
import { isBefore, type JournalPosition } from './journal-entries';
import { messageBytesOf, type SettledRecord, writeMessage } from './untold-record';

const BLOCK_BYTES = 64 * 1024;
/** Memory beyond it is given back when no record is left. */
const KEPT_BYTES_MAX = 1024 * 1024;

/**
 * So many records, in the order in which they come: their messages one behind the other in one piece of memory, and what else is said of
 * them in lists of numbers. Each waits for longer than V8 keeps an object among the young; if each were some, they would all be moved to the
 * old, and for the room that they leave there all of the heap would have to be collected.
 */
export class UntoldWindow {
  private readonly requestIds: string[];
  private readonly provisionIds: string[];
  private readonly attempts: Float64Array;
  private readonly settledAtMs: Float64Array;
  /** Where the messages end in all that was ever added. */
  private readonly messageEnds: Float64Array;
  private readonly segments: Float64Array;
  private readonly offsets: Float64Array;
  /** The oldest in those lists, which begin again behind their ends. */
  private first = 0;
  private count = 0;
  private bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Of all that was ever added: where the memory begins, the oldest message, and the end of the latest. */
  private origin = 0;
  private begin = 0;
  private end = 0;

  /** @param max how many there are at most: a power of two. */
  constructor(private readonly max: number) {
    this.requestIds = Array.from({ length: max }, () => '');
    this.provisionIds = Array.from({ length: max }, () => '');
    this.attempts = new Float64Array(max);
    this.settledAtMs = new Float64Array(max);
    this.messageEnds = new Float64Array(max);
    this.segments = new Float64Array(max);
    this.offsets = new Float64Array(max);
  }

  get length(): number {
    return this.count;
  }

  get isFull(): boolean {
    return this.count === this.max;
  }

  /** Of the oldest. */
  get oldestSettledAt(): Date | undefined {
    return this.count === 0 ? undefined : new Date(this.settledAtMs[this.first] as number);
  }

  /**
   * What a record says is copied. There must be room for one more.
   *
   * @param end of its entry.
   */
  push(record: SettledRecord, end: JournalPosition): void {
    if (this.isFull) throw new RangeError('no room for another record');
    this.need(messageBytesOf(record));
    this.end = this.origin + writeMessage(record, this.bytes, this.end - this.origin);
    const at = this.placeOf(this.count++);
    this.requestIds[at] = record.requestId;
    this.provisionIds[at] = record.provisionId;
    this.attempts[at] = record.attempt;
    this.settledAtMs[at] = record.settledAtMs;
    this.messageEnds[at] = this.end;
    this.segments[at] = end.segment;
    this.offsets[at] = end.offset;
  }

  /** The oldest whose entries end before a place, or there. */
  oldest(max: number, until: JournalPosition): readonly UntoldRecord[] {
    let count = 0;
    while (count < max && count < this.count && !isBefore(until, this.endOf(count))) count++;
    const messages = Buffer.from(
      this.bytes.subarray(this.begin - this.origin, this.messageEnd(count) - this.origin),
    );
    const records: UntoldRecord[] = [];
    for (let index = 0, from = 0; index < count; index++) {
      const at = this.placeOf(index);
      const to = (this.messageEnds[at] as number) - this.begin;
      records.push({
        requestId: this.requestIds[at] as string,
        attempt: this.attempts[at] as number,
        provisionId: this.provisionIds[at] as string,
        settledAtMs: this.settledAtMs[at] as number,
        message: messages.subarray(from, to),
      });
      from = to;
    }
    return records;
  }

  /** @returns the end of the last of the oldest, which are here no more; undefined where there were none. */
  drop(count: number): JournalPosition | undefined {
    const dropped = Math.min(count, this.count);
    if (dropped === 0) return undefined;
    const end = this.endOf(dropped - 1);
    this.begin = this.messageEnd(dropped);
    for (let index = 0; index < dropped; index++)
      this.requestIds[this.placeOf(index)] = this.provisionIds[this.placeOf(index)] = '';
    this.first = this.placeOf(dropped);
    this.count -= dropped;
    if (this.count === 0 && this.bytes.length > KEPT_BYTES_MAX)
      this.bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    if (this.count === 0) this.origin = this.begin;
    return end;
  }

  private placeOf(index: number): number {
    return (this.first + index) & (this.max - 1);
  }

  private endOf(index: number): JournalPosition {
    const at = this.placeOf(index);
    return { segment: this.segments[at] as number, offset: this.offsets[at] as number };
  }

  /** Of so many of the oldest. */
  private messageEnd(count: number): number {
    return count === 0 ? this.begin : (this.messageEnds[this.placeOf(count - 1)] as number);
  }

  /** What is told leaves its room to what comes. */
  private need(more: number): void {
    if (this.end + more - this.origin <= this.bytes.length) return;
    const kept = this.bytes.subarray(this.begin - this.origin, this.end - this.origin);
    const into =
      2 * (kept.length + more) <= this.bytes.length
        ? this.bytes
        : Buffer.allocUnsafeSlow(2 * (kept.length + more));
    into.set(kept);
    this.bytes = into;
    this.origin = this.begin;
  }
}
