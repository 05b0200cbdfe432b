import { createHash } from 'node:crypto';
import { type Content, openContent } from '@gatehouse/contents';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { PublicationKind } from './publications.projection';

/** An entry of the configuration that all organizations share. */
export interface SharedEntry {
  readonly id: string;
  /** The encoded ConfigEntry. */
  readonly value: Buffer;
  readonly digest: Buffer;
}

/** How the ids of what a kind of publication is composed to begin: everything so called is its own. */
export const ENTRY_PREFIXES: Readonly<Record<PublicationKind, readonly string[]>> = {
  catalog: ['provider:', 'model:'],
  pricebook: ['price:', 'pricebook'],
};

/** What gateways are told of a content: a function of it and its version. Throws where it is not that of its hash. */
export const sharedEntriesOf = (
  kind: PublicationKind,
  version: bigint,
  content: Content,
): readonly SharedEntry[] => {
  const json = openContent(content);
  switch (kind) {
    case 'catalog':
      return catalogEntries(typeV1.CatalogContent.fromJSON(json));
    case 'pricebook':
      return [
        ...priceEntries(typeV1.PriceBookContent.fromJSON(json)),
        entry('pricebook', { $case: 'priceBook', value: { version, sha256: content.sha256 } }),
      ];
  }
};

const catalogEntries = ({ providers }: typeV1.CatalogContent): readonly SharedEntry[] =>
  providers.flatMap(({ name, facts, models }) => [
    ...(facts ? [entry(`provider:${name}`, { $case: 'provider', value: facts })] : []),
    ...models.flatMap((model) =>
      model.facts ? [entry(`model:${name}/${model.name}`, { $case: 'model', value: model.facts })] : [],
    ),
  ]);

const priceEntries = ({ providers }: typeV1.PriceBookContent): readonly SharedEntry[] =>
  providers.flatMap(({ name, models }) =>
    models.flatMap(({ name: model, prices }) =>
      prices ? [entry(`price:${name}/${model}`, { $case: 'price', value: prices })] : [],
    ),
  );

const entry = (id: string, value: provisioningV1.ConfigEntry['value']): SharedEntry => {
  const encoded = Buffer.from(
    provisioningV1.ConfigEntry.encode({ id, value, needs: [], governs: '' }).finish(),
  );
  return { id, value: encoded, digest: createHash('sha256').update(encoded).digest() };
};
