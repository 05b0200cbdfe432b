import { BookRows } from './book-rows';
import type { Prices } from './price';

/** A line of the book's file; a request is known by its number. */
export type BookLine =
  | { prices: { input: string; output: string } }
  | { begin: number; id: string; model: string; prompt: number }
  | { progress: [number: number, tokens: number][] }
  | { end: number; completion: number; completed: boolean }
  | { refused: number; id: string; model: string }
  | { credential: string };

interface Begun {
  readonly place: number;
  readonly prices: Prices;
  completionTokens: number;
}

/** Rebuilds the book from its lines. */
export class BookReader {
  readonly rows = new BookRows();
  /** SHA-256 (hex) of the bearer tokens seen. */
  readonly credentials = new Set<string>();
  private readonly begun = new Map<number, Begun>();
  private prices: Prices = { input: 0n, output: 0n };
  private lines = 0;

  /** @throws Error when the line is not JSON. */
  read(text: string): void {
    this.lines += 1;
    try {
      this.apply(JSON.parse(text) as BookLine);
    } catch (error) {
      throw new Error(`line ${this.lines} of the book cannot be read`, { cause: error });
    }
  }

  /** Bills the requests that a crash left open with what was recorded of them; answers their last lines. */
  settleLeftOpen(): BookLine[] {
    return [...this.begun].map(([number, { completionTokens }]) => {
      const end: BookLine = { end: number, completion: completionTokens, completed: false };
      this.apply(end);
      return end;
    });
  }

  private apply(line: BookLine): void {
    if ('begin' in line) {
      const place = this.rows.enter(line.id, line.model, line.prompt);
      this.begun.set(line.begin, { place, prices: this.prices, completionTokens: 0 });
    } else if ('end' in line) {
      const begun = this.begun.get(line.end);
      if (begun) this.rows.settle(begun.place, line.completion, line.completed, begun.prices);
      this.begun.delete(line.end);
    } else if ('progress' in line) {
      for (const [number, tokens] of line.progress) {
        const begun = this.begun.get(number);
        if (begun) begun.completionTokens = tokens;
      }
    } else if ('refused' in line) {
      this.rows.enter(line.id, line.model, 0);
    } else if ('prices' in line) {
      this.prices = { input: BigInt(line.prices.input), output: BigInt(line.prices.output) };
    } else {
      this.credentials.add(line.credential);
    }
  }
}
