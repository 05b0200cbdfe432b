import { billRoundedUp } from './price';
import type { Prices } from './price';

/** One request as the provider billed it. Its amounts are final once it has ended. */
export interface BookRow {
  readonly id: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly billedNanoUsd: bigint;
  /** The whole answer was handed to the connection. */
  readonly completed: boolean;
}

/** The rows in memory, in the order in which they began; a row's number is its place. */
export class BookRows {
  private readonly rows: BookRow[] = [];
  private readonly models = new Map<string, string>();
  private billed = 0n;

  /** The sum over all rows that were settled. */
  get billedNanoUsd(): bigint {
    return this.billed;
  }

  get count(): number {
    return this.rows.length;
  }

  at(number: number): BookRow | undefined {
    return this.rows[number];
  }

  /** Adds a row that is billed nothing yet; thousands of rows name few models, so each name is kept once. */
  enter(id: string, model: string, promptTokens: number): number {
    const known = this.models.get(model) ?? model;
    this.models.set(known, known);
    const row = { id, model: known, promptTokens, completionTokens: 0, billedNanoUsd: 0n, completed: false };
    return this.rows.push(row) - 1;
  }

  /** Bills a row; once per row. */
  settle(number: number, completionTokens: number, completed: boolean, prices: Prices): void {
    const row = this.rows[number];
    if (!row) return;
    const billedNanoUsd = billRoundedUp(row.promptTokens, completionTokens, prices);
    this.rows[number] = { ...row, completionTokens, billedNanoUsd, completed };
    this.billed += billedNanoUsd;
  }
}
