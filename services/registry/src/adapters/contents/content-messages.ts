import { type Content, contentOf, openContent } from '@gatehouse/contents';
import type { JsonObject } from '@gatehouse/event-store';
import type { ModelFacts, Prices } from '@gatehouse/offering';
import {
  fromProtoModelFacts,
  fromProtoPrices,
  toProtoModelFacts,
  toProtoPrices,
} from '@gatehouse/offering-messages';
import { typeV1 } from '@gatehouse/proto-gen';
import type { ByModel } from '../../app/publication/publication.ports';
import type { Provider } from '../../domain/integration/provider';
import { toProtoProviderFacts } from '../grpc/provider-conversion';

/** A provider and its models, in the order of their names. */
export interface ListedProvider {
  readonly row: Provider;
  readonly models: readonly ModelFacts[];
}

export const toCatalogContent = (listed: readonly ListedProvider[]): Content => {
  const providers = listed.map(({ row, models }) => ({
    name: row.name,
    facts: toProtoProviderFacts(row),
    models: models.map((facts) => ({ name: facts.name, facts: toProtoModelFacts(facts) })),
  }));
  return contentOf(typeV1.CatalogContent.toJSON({ providers }) as JsonObject);
};

/** What it says of models; of providers the program has its own rows. */
export const fromCatalogContent = (content: Content): ByModel<ModelFacts> => {
  const { providers } = typeV1.CatalogContent.fromJSON(openContent(content));
  return new Map(
    providers.map(({ name, models }) => [
      name,
      new Map(
        models.flatMap((model) =>
          model.facts ? [[model.name, fromProtoModelFacts(model.name, model.facts)]] : [],
        ),
      ),
    ]),
  );
};

/** By the names of providers and models, in whichever order. */
export const toPriceBookContent = (book: ByModel<Prices>): Content => {
  const providers = inOrder(book).map(([name, models]) => ({
    name,
    models: inOrder(models).map(([model, prices]) => ({ name: model, prices: toProtoPrices(prices) })),
  }));
  return contentOf(typeV1.PriceBookContent.toJSON({ providers }) as JsonObject);
};

export const fromPriceBookContent = (content: Content): ByModel<Prices> => {
  const { providers } = typeV1.PriceBookContent.fromJSON(openContent(content));
  return new Map(
    providers.map(({ name, models }) => [
      name,
      new Map(models.flatMap((model) => (model.prices ? [[model.name, fromProtoPrices(model.prices)]] : []))),
    ]),
  );
};

const inOrder = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));
