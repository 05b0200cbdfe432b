import type { Content } from '@gatehouse/contents';
import type { ModelFacts, Prices } from '@gatehouse/offering';

/** Contents that were published, or are about to be, for ever. */
export abstract class Contents {
  /** One that is there already stays as it is. */
  abstract keep(content: Content): Promise<void>;
  abstract find(sha256: string): Promise<Content | undefined>;
}

/** What is to be published now. */
export interface Composed {
  readonly content: Content;
  /** Where it is from. */
  readonly source: string;
}

/** Composes the content of one kind of publication. */
export abstract class ContentComposer {
  /**
   * Depends on its arguments and on what this process knows, so that two that know the same compose the same.
   *
   * @param version what it would be published as
   * @param before what was published last
   */
  abstract compose(version: bigint, before: Content | undefined, at: Date): Composed;

  /** The next moment at which it may compose something else by itself; undefined where none is foreseen. */
  abstract nextChange(after: Date): Date | undefined;
}

export abstract class CatalogComposer extends ContentComposer {}
export abstract class PriceBookComposer extends ContentComposer {
  /** What was wrong when it refreshed itself last; empty where nothing was, or it has nowhere to refresh itself from. */
  get fault(): string {
    return '';
  }

  /**
   * Reads prices anew from where they come from, so that it composes them from then on. Throws on what it does not
   * believe, and goes on with what it had. False where it has nowhere to read from.
   *
   * @param before what was published last
   */
  async refresh(_before: Content | undefined, _at: Date): Promise<boolean> {
    return false;
  }
}

/** Something of each model, by provider and model. */
export type ByModel<T> = ReadonlyMap<string, ReadonlyMap<string, T>>;

/** What was published last, version 0 and nothing where nothing was. */
export interface CurrentOf<T> {
  readonly version: bigint;
  readonly models: ByModel<T>;
}

/** Which price book: by its version, or the one that was in force then. */
export type PriceBookNamed = { readonly version: bigint } | { readonly at: Date };

/** The catalog and the price book that are in force, or were, as the log has it. */
export abstract class CurrentContents {
  abstract catalog(): Promise<CurrentOf<ModelFacts>>;
  abstract priceBook(): Promise<CurrentOf<Prices> & { readonly source: string }>;
  /** Undefined where there is none of that version, or none was published by then. */
  abstract priceBookNamed(named: PriceBookNamed): Promise<CurrentOf<Prices> | undefined>;
}
