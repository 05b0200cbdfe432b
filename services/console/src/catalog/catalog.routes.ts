import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { catalogModel, catalogProvider, catalogProviderPath, slugAnswer } from './catalog.schema';

const PROVIDERS = '/v1/gatehouse/providers';

export const listCatalogProviders = route({
  method: 'GET',
  url: PROVIDERS,
  summary: 'Every provider that can be connected, with its form; by name, for any caller',
  query: z.object(pageQuery),
  answer: listOf(catalogProvider),
});

export const getCatalogProvider = route({
  method: 'GET',
  url: `${PROVIDERS}/{name}`,
  summary: 'One of them',
  path: catalogProviderPath,
  answer: catalogProvider,
});

export const listCatalogModels = route({
  method: 'GET',
  url: `${PROVIDERS}/{name}/models`,
  summary: 'What the catalog knows of its models, by name',
  path: catalogProviderPath,
  query: z.object(pageQuery),
  answer: z.object({
    ...listOf(catalogModel).shape,
    catalog_version: z.int(),
    price_book_version: z.int(),
  }),
});

export const checkSlug = route({
  method: 'GET',
  url: '/v1/gatehouse/slugs/{slug}',
  summary: 'Whether an integration may have the slug, and has none yet',
  path: z.object({ slug: z.string() }),
  answer: slugAnswer,
});

export const CATALOG_ROUTES = [listCatalogProviders, getCatalogProvider, listCatalogModels, checkSlug];
