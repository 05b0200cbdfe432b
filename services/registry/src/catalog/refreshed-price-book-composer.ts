import type { Content } from '@gatehouse/contents';
import { fromPriceBookContent, toPriceBookContent } from '../adapters/contents/content-messages';
import { type Composed, PriceBookComposer } from '../app/publication/publication.ports';
import { BUILT_IN, builtInPriceBook, wantedFrom } from './built-in-composers';
import { builtInPrices } from './prices/built-in-prices';
import { implausibleIn } from './prices/implausible';
import { ownPrices, priceBookOf } from './prices/own-prices';
import { type PriceBook, priceBookAt } from './prices/price-book';
import { nextBoundary, sourcePrices, type SourceProvider } from './prices/source-prices';

export interface RefreshOptions {
  /** Reads the source: any JSON. */
  readonly read: () => Promise<unknown>;
  /** How the source is called in publications. */
  readonly label: string;
  /** How many times dearer or cheaper a price may become at once. */
  readonly jumpMax: bigint;
}

/** What was read and believed: prices for any moment, or for good. */
type Refreshed =
  | { readonly kind: 'dated'; readonly sources: readonly SourceProvider[] }
  | { readonly kind: 'own'; readonly book: PriceBook };

/** Composes the price book from a source of the operator's choice, and where it is silent from what comes with the product. */
export class RefreshedPriceBookComposer extends PriceBookComposer {
  private refreshed: Refreshed | undefined;
  private lastFault = '';

  constructor(private readonly options: RefreshOptions) {
    super();
  }

  override get fault(): string {
    return this.lastFault;
  }

  override async refresh(before: Content | undefined, at: Date): Promise<boolean> {
    try {
      this.refreshed = this.plausible(parsed(await this.options.read()), before, at);
      this.lastFault = '';
      return true;
    } catch (error) {
      this.lastFault = (error as Error).message;
      throw error;
    }
  }

  compose(_version: bigint, before: Content | undefined, at: Date): Composed {
    // What was refreshed before this process began is better than what came with the product.
    if (!this.refreshed && before) return { content: before, source: this.options.label };
    const book = this.bookAt(this.refreshed, at);
    if (!this.refreshed) return { content: toPriceBookContent(book), source: BUILT_IN };
    const { label: source } = this.options;
    // What was believed when it was read may have other prices from a later day on.
    const against = before && this.against(before, book);
    if (!against) return { content: toPriceBookContent(book), source };
    this.lastFault = against;
    return { content: before, source };
  }

  nextChange(after: Date): Date | undefined {
    const dated = this.refreshed?.kind === 'dated' ? this.refreshed.sources : [];
    return nextBoundary([...builtInPrices(), ...dated], after);
  }

  private plausible(read: Refreshed, before: Content | undefined, at: Date): Refreshed {
    // Of what no book can be made, nobody is to hear when one is wanted.
    const book = this.bookAt(read, at);
    const against = before && this.against(before, book);
    if (against) throw new Error(against);
    return read;
  }

  /** What speaks against a book in place of the one that stands; undefined where nothing does. */
  private against(before: Content, book: PriceBook): string | undefined {
    const reasons = implausibleIn(fromPriceBookContent(before), book, this.options.jumpMax);
    return reasons.length > 0 ? `implausible prices are refused: ${reasons.join('; ')}` : undefined;
  }

  private bookAt(refreshed: Refreshed | undefined, at: Date): PriceBook {
    const builtIn = builtInPriceBook(at);
    if (!refreshed) return builtIn;
    const book =
      refreshed.kind === 'own'
        ? refreshed.book
        : priceBookAt(refreshed.sources, wantedFrom(refreshed.sources), at);
    return overlaid(builtIn, book);
  }
}

/** Throws on what is neither of the two shapes. */
const parsed = (json: unknown): Refreshed => {
  const own = ownPrices.safeParse(json);
  if (own.success) return { kind: 'own', book: priceBookOf(own.data) };
  const dated = sourcePrices.safeParse(json);
  if (dated.success) return { kind: 'dated', sources: dated.data };
  const isOwn = typeof json === 'object' && json !== null && 'prices' in json;
  const [issue] = (isOwn ? own : dated).error.issues;
  throw new Error(`the price source is malformed at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
};

const overlaid = (below: PriceBook, above: PriceBook): PriceBook =>
  new Map(
    [...new Set([...below.keys(), ...above.keys()])].map((provider) => [
      provider,
      new Map([...(below.get(provider) ?? []), ...(above.get(provider) ?? [])]),
    ]),
  );
