import { createHash } from 'node:crypto';
import { BookFile } from './book-file';
import { BookReader } from './book-reader';
import type { BookLine } from './book-reader';
import type { BookRow, BookRows } from './book-rows';
import { billRoundedUp } from './price';
import type { Prices } from './price';

/** Tells how many completion tokens a generation has produced so far. Never falls. */
export interface TokenCounter {
  tokensSoFar(): number;
}

/** A request whose generation runs: it is in the book with its amounts so far. */
export interface OpenRow {
  readonly number: number;
  readonly counter: TokenCounter;
  tokensRecorded: number;
}

/** The book at one moment: the total is the sum of the rows. */
export interface BookSnapshot {
  readonly billedNanoUsd: bigint;
  readonly rows: Iterable<BookRow>;
}

const PROGRESS_EVERY_MS = 100;

const lineOf = (line: BookLine): string => `${JSON.stringify(line)}\n`;

/**
 * What the provider billed, kept in a file so that it survives a restart, even after SIGKILL: a row is in the
 * file before anything of its answer is sent, its amounts before the answer ends, and the tokens in between
 * every 100 ms. A row that a crash left open is billed with what was recorded of it.
 */
export class Book {
  private readonly open = new Map<number, OpenRow>();
  private readonly tokensSeen = new Set<string>();
  private progressTimer: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor(
    private readonly file: BookFile,
    private readonly rows: BookRows,
    private readonly credentials: Set<string>,
    private readonly prices: Prices,
  ) {}

  /** @throws Error when the directory cannot be written, or holds a book that cannot be read. */
  static load(directory: string, prices: Prices): Book {
    const reader = new BookReader();
    const file = BookFile.open(directory, (line) => reader.read(line));
    const priceLine = { prices: { input: prices.input.toString(), output: prices.output.toString() } };
    file.append([...reader.settleLeftOpen(), priceLine].map(lineOf).join(''));
    return new Book(file, reader.rows, reader.credentials, prices);
  }

  /** Generation starts: from here the prompt is billed. */
  begin(id: string, model: string, promptTokens: number, counter: TokenCounter): OpenRow {
    const number = this.rows.count;
    this.write({ begin: number, id, model, prompt: promptTokens });
    this.rows.enter(id, model, promptTokens);
    const open: OpenRow = { number, counter, tokensRecorded: 0 };
    this.open.set(number, open);
    this.progressTimer ??= setTimeout(this.recordProgress, PROGRESS_EVERY_MS).unref();
    return open;
  }

  /** The answer ends, or its client has left. Ending twice changes nothing. */
  end({ number, counter }: OpenRow, completed: boolean): void {
    if (!this.open.delete(number)) return;
    const completion = counter.tokensSoFar();
    this.rows.settle(number, completion, completed, this.prices);
    this.write({ end: number, completion, completed });
  }

  /** A request that failed before generation: nothing is billed. */
  refuse(id: string, model: string): void {
    this.write({ refused: this.rows.count, id, model });
    this.rows.enter(id, model, 0);
  }

  /** Remembers a bearer token; only its hash is written and can be asked for. */
  noteCredential(token: string): void {
    if (this.tokensSeen.has(token)) return;
    this.tokensSeen.add(token);
    const credential = createHash('sha256').update(token).digest('hex');
    if (this.credentials.has(credential)) return;
    this.credentials.add(credential);
    this.write({ credential });
  }

  /** Whether a bearer token with this SHA-256 (lower-case hex) was ever received. */
  hasReceived(sha256: string): boolean {
    return this.credentials.has(sha256);
  }

  /** Running requests are frozen as they are now; ended ones do not change, so the rows can be read slowly. */
  snapshot(): BookSnapshot {
    const running = new Map<number, BookRow>();
    let billedNanoUsd = this.rows.billedNanoUsd;
    for (const { number, counter } of this.open.values()) {
      const row = this.rows.at(number)!;
      const completionTokens = counter.tokensSoFar();
      const billed = billRoundedUp(row.promptTokens, completionTokens, this.prices);
      running.set(number, { ...row, completionTokens, billedNanoUsd: billed });
      billedNanoUsd += billed;
    }
    return { billedNanoUsd, rows: this.firstRows(this.rows.count, running) };
  }

  /** Ends what still runs as cut off, and closes the file. */
  close(): void {
    if (this.closed) return;
    clearTimeout(this.progressTimer);
    for (const open of [...this.open.values()]) this.end(open, false);
    this.closed = true;
    this.file.close();
  }

  private *firstRows(count: number, running: ReadonlyMap<number, BookRow>): Iterable<BookRow> {
    for (let number = 0; number < count; number++) yield running.get(number) ?? this.rows.at(number)!;
  }

  private readonly recordProgress = (): void => {
    const progress: [number, number][] = [];
    for (const open of this.open.values()) {
      const tokens = open.counter.tokensSoFar();
      if (tokens === open.tokensRecorded) continue;
      open.tokensRecorded = tokens;
      progress.push([open.number, tokens]);
    }
    if (progress.length > 0) this.write({ progress });
    this.progressTimer =
      this.open.size > 0 ? setTimeout(this.recordProgress, PROGRESS_EVERY_MS).unref() : undefined;
  };

  private write(line: BookLine): void {
    this.file.append(lineOf(line));
  }
}
