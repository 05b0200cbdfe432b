import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { Book } from './book';
import type { BookRow } from './book-rows';

const PRICES = { input: 500_000_000n, output: 2_000_000_000n };
const DEARER = { input: 1_000_000_000n, output: 4_000_000_000n };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simulator-book-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const counting = (tokens: number) => ({
  tokens,
  tokensSoFar(): number {
    return this.tokens;
  },
});
const read = (book: Book): { billed: bigint; rows: BookRow[] } => {
  const { billedNanoUsd, rows } = book.snapshot();
  return { billed: billedNanoUsd, rows: [...rows] };
};
const file = (): string => join(directory, 'book.jsonl');

describe('Book', () => {
  it('bills the prompt from the start and the tokens as they come', () => {
    const book = Book.load(directory, PRICES);
    const counter = counting(0);
    const open = book.begin('r1', 'sim-small', 3, counter);
    expect(read(book).billed).toBe(1_500n);
    counter.tokens = 2;
    expect(read(book)).toEqual({
      billed: 5_500n,
      rows: [
        {
          id: 'r1',
          model: 'sim-small',
          promptTokens: 3,
          completionTokens: 2,
          billedNanoUsd: 5_500n,
          completed: false,
        },
      ],
    });
    counter.tokens = 4;
    book.end(open, true);
    counter.tokens = 5;
    book.end(open, false);
    expect(read(book)).toMatchObject({ billed: 9_500n, rows: [{ completionTokens: 4, completed: true }] });
    book.close();
  });

  it('keeps a snapshot as it was, while requests go on', () => {
    const book = Book.load(directory, PRICES);
    const counter = counting(1);
    const open = book.begin('r1', 'sim-small', 0, counter);
    const { billedNanoUsd, rows } = book.snapshot();
    counter.tokens = 9;
    book.end(open, true);
    book.begin('r2', 'sim-small', 1, counter);
    expect(billedNanoUsd).toBe(2_000n);
    expect([...rows]).toEqual([
      expect.objectContaining({ id: 'r1', billedNanoUsd: 2_000n, completed: false }),
    ]);
    book.close();
  });

  it('survives a restart, also at other prices, and goes on', () => {
    const before = Book.load(directory, PRICES);
    before.end(before.begin('r1', 'sim-small', 3, counting(64)), true);
    before.refuse('r2', 'sim-429');
    before.begin('r3', 'sim "quoted"\n', 1, counting(7));
    before.noteCredential('sk-canary');
    const expected = read(before);
    before.close();

    const after = Book.load(directory, DEARER);
    expect(read(after)).toEqual(expected);
    expect(after.hasReceived(createHash('sha256').update('sk-canary').digest('hex'))).toBe(true);
    after.end(after.begin('r4', 'sim-small', 1, counting(0)), true);
    after.close();
    const last = Book.load(directory, PRICES);
    expect(read(last).billed).toBe(expected.billed + 1_000n);
    last.close();
  });

  it('bills what a crash left open with what was recorded of it, at the prices of its time', async () => {
    const crashed = Book.load(directory, PRICES);
    crashed.begin('r1', 'sim-small', 3, counting(0));
    crashed.begin('r2', 'sim-small', 1, counting(5));
    await new Promise((resolve) => setTimeout(resolve, 150));
    crashed.begin('r3', 'sim-small', 2, counting(9));

    const book = Book.load(directory, DEARER);
    expect(read(book)).toMatchObject({
      billed: 1_500n + 10_500n + 1_000n,
      rows: [
        { id: 'r1', completionTokens: 0, billedNanoUsd: 1_500n, completed: false },
        { id: 'r2', completionTokens: 5, billedNanoUsd: 10_500n, completed: false },
        { id: 'r3', completionTokens: 0, billedNanoUsd: 1_000n, completed: false },
      ],
    });
    book.close();
    crashed.close();
  });

  it('drops a line that a crash tore, and refuses a book that is not one', () => {
    const before = Book.load(directory, PRICES);
    before.end(before.begin('r1', 'sim-small', 3, counting(1)), true);
    before.close();
    appendFileSync(file(), '{"begin":1,"id":"r2');
    const after = Book.load(directory, PRICES);
    expect(read(after)).toMatchObject({ billed: 3_500n, rows: [{ id: 'r1' }] });
    after.close();
    appendFileSync(file(), 'not a line\n');
    expect(() => Book.load(directory, PRICES)).toThrow(/^line \d+ of the book cannot be read$/);
  });

  it('holds no credential', () => {
    const book = Book.load(directory, PRICES);
    book.noteCredential('sk-canary');
    book.noteCredential('sk-canary');
    book.close();
    expect(readFileSync(file(), 'utf8')).not.toContain('canary');
    expect(readFileSync(file(), 'utf8').match(/credential/g)).toHaveLength(1);
  });
});
