import type { ModelFacts, Prices, PublishedModels } from '@gatehouse/offering';
import { Injectable } from '@nestjs/common';
import { CurrentContents } from './publication.ports';

/** A model of the catalog. Without prices it is unpriced. */
export interface ListedModel {
  readonly facts: ModelFacts;
  readonly prices: Prices | undefined;
}

/** What is published of models, with the versions that say so. */
export interface Listed {
  readonly catalogVersion: bigint;
  readonly priceBookVersion: bigint;
  /** In the order of their names. */
  modelsOf(provider: string): readonly ListedModel[];
  publishedOf(provider: string): PublishedModels;
}

@Injectable()
export class ListedModels {
  constructor(private readonly current: CurrentContents) {}

  async now(): Promise<Listed> {
    const [catalog, book] = await Promise.all([this.current.catalog(), this.current.priceBook()]);
    return {
      catalogVersion: catalog.version,
      priceBookVersion: book.version,
      modelsOf: (provider) =>
        [...(catalog.models.get(provider) ?? [])].map(([name, facts]) => ({
          facts,
          prices: book.models.get(provider)?.get(name),
        })),
      publishedOf: (provider) => ({
        names: () => catalog.models.get(provider)?.keys() ?? [],
        factsOf: (name) => catalog.models.get(provider)?.get(name),
        pricesOf: (name) => book.models.get(provider)?.get(name),
      }),
    };
  }
}
