import { type Quirks, UNKNOWN_QUIRKS } from './quirks';

/** An entry of what all organizations share, beside models and their prices. */
export type SharedChange =
  | { readonly kind: 'provider'; readonly name: string; readonly quirks: Quirks }
  | { readonly kind: 'priceBook'; readonly version: bigint };

const PROVIDER = 'provider:';
const PRICE_BOOK = 'pricebook';

/** What all organizations share: how providers are to be called, and which price book is in force. */
export class SharedConfiguration {
  private readonly quirks = new Map<string, Quirks>();
  private bookVersion: bigint | undefined;

  /** Undefined where none was told. */
  get priceBookVersion(): bigint | undefined {
    return this.bookVersion;
  }

  quirksOf(provider: string): Quirks {
    return this.quirks.get(provider) ?? UNKNOWN_QUIRKS;
  }

  apply(change: SharedChange): void {
    switch (change.kind) {
      case 'provider':
        this.quirks.set(change.name, change.quirks);
        return;
      case 'priceBook':
        this.bookVersion = change.version;
    }
  }

  /** Ids of other kinds of entries are of no concern. */
  forget(id: string): void {
    if (id === PRICE_BOOK) this.bookVersion = undefined;
    else if (id.startsWith(PROVIDER)) this.quirks.delete(id.slice(PROVIDER.length));
  }
}
