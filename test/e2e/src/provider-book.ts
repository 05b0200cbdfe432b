/** What the simulator says that it billed for one request. */
export interface BookRow {
  /** `<request id>.<attempt>`, as the gateway sent it. */
  readonly id: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly billedNanoUsd: bigint;
  readonly completed: boolean;
}

/** The provider's own book. */
export class ProviderBook {
  constructor(private readonly simulatorUrl: string) {}

  /** All rows, in the order in which the requests began. */
  async rows(): Promise<BookRow[]> {
    const response = await fetch(`${this.simulatorUrl}/book`);
    const book = (await response.json()) as {
      billedNanoUsd: string;
      requests: (Omit<BookRow, 'billedNanoUsd'> & { billedNanoUsd: string })[];
    };
    const rows = book.requests.map((row) => ({ ...row, billedNanoUsd: BigInt(row.billedNanoUsd) }));
    if (billed(rows) !== BigInt(book.billedNanoUsd))
      throw new Error("the book's total is not the sum of its rows");
    return rows;
  }

  /** Whether a bearer token ever reached the provider. */
  async received(sha256: string): Promise<boolean> {
    const response = await fetch(`${this.simulatorUrl}/received?sha256=${sha256}`);
    return ((await response.json()) as { received: boolean }).received;
  }
}

/** The sum of rows in nano-USD. */
export const billed = (rows: readonly BookRow[]): bigint =>
  rows.reduce((sum, row) => sum + row.billedNanoUsd, 0n);
