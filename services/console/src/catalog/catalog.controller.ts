import { AppError } from '@gatehouse/kernel';
import { Controller } from '@nestjs/common';
import { shownIn } from '../adapters/grpc/shown-in';
import type { Asked } from '../rest/asked';
import { ALL_BY_DEFAULT, pageIn, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { toRestCatalogModel, toRestCatalogProvider } from './catalog-conversion';
import * as routes from './catalog.routes';

const PROVIDERS_PAGE = 200;
const MODELS_PAGE = 500;

@Controller()
export class CatalogController {
  @Serves(routes.listCatalogProviders)
  async providers(
    @AskedOf() { query, control }: Asked<typeof routes.listCatalogProviders>,
  ): Promise<AnswerOf<typeof routes.listCatalogProviders>> {
    const data = [];
    let pageToken = '';
    do {
      const page = await control.catalog.listProviders({ pageSize: PROVIDERS_PAGE, pageToken });
      data.push(...page.providers.map(toRestCatalogProvider));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return { object: 'list', ...pageIn(data, pageOf(query, ALL_BY_DEFAULT)) };
  }

  @Serves(routes.getCatalogProvider)
  async provider(
    @AskedOf() { path, control }: Asked<typeof routes.getCatalogProvider>,
  ): Promise<AnswerOf<typeof routes.getCatalogProvider>> {
    const { provider } = await control.catalog.getProvider({ name: path.name });
    return toRestCatalogProvider(shownIn(provider));
  }

  @Serves(routes.listCatalogModels)
  async models(
    @AskedOf() { path, query, control }: Asked<typeof routes.listCatalogModels>,
  ): Promise<AnswerOf<typeof routes.listCatalogModels>> {
    const data = [];
    let versions = { catalog_version: 0, price_book_version: 0 };
    let pageToken = '';
    do {
      const asked = { provider: path.name, pageSize: MODELS_PAGE, pageToken };
      const { facts, prices, ...page } = await control.catalog.listModels(asked);
      data.push(...facts.map((fact, index) => toRestCatalogModel(fact, prices[index])));
      versions = {
        catalog_version: Number(page.catalogVersion),
        price_book_version: Number(page.priceBookVersion),
      };
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return { object: 'list', ...pageIn(data, pageOf(query, ALL_BY_DEFAULT)), ...versions };
  }

  @Serves(routes.checkSlug)
  async slug(
    @AskedOf() { path: { slug }, control }: Asked<typeof routes.checkSlug>,
  ): Promise<AnswerOf<typeof routes.checkSlug>> {
    const free = { slug, valid: true, available: true, reason: null, object: 'slug' } as const;
    try {
      await control.integrations.getIntegration({ integrationId: '', slug, atLeastPosition: '' });
      return { ...free, available: false };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'NOT_FOUND') return free;
      const fault = error.violations.find(({ field }) => field === 'slug');
      if (fault) return { ...free, valid: false, available: false, reason: fault.description };
      throw error;
    }
  }
}
