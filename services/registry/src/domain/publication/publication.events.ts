/** What was published: a content by its hash. */
export interface Published {
  /** From 1, without a gap. */
  readonly version: bigint;
  /** Hex. */
  readonly sha256: string;
  readonly publishedAt: Date;
  /** Where it is from, e.g. `built in`. */
  readonly source: string;
}

/** What providers and their models are, and from which version on. */
export interface CatalogPublished extends Published {
  readonly type: 'CatalogPublished';
}

/** What models cost at this moment. */
export interface PriceBookPublished extends Published {
  readonly type: 'PriceBookPublished';
}

export type PublicationEvent = CatalogPublished | PriceBookPublished;
