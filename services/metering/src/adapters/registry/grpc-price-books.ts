import type { Promised } from '@gatehouse/grpc';
import type { OrganizationId } from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import { fromProtoPrices } from '@gatehouse/offering-messages';
import { registryV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { type PriceBookNamed, PriceBooks } from '../../app/usage/rerating.ports';
import type { ModelPrices } from '../../domain/adjustment/rerating';

export class GrpcPriceBooks extends PriceBooks implements OnApplicationShutdown {
  constructor(
    private readonly catalog: Pick<Promised<registryV1.CatalogServiceClient>, 'priceModels' | 'close'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.catalog.close();
  }

  async priced(
    organizationId: OrganizationId,
    named: PriceBookNamed | undefined,
    models: readonly { readonly integrationId: string; readonly model: string }[],
  ): Promise<{ readonly version: bigint; readonly prices: ModelPrices }> {
    // Of records from before they named their integration nothing is to be known.
    const asked = models.filter(({ integrationId }) => integrationId !== '');
    const answer = await this.catalog.priceModels({
      organizationId,
      priceBook: named && toProtoPriceBook(named),
      models: asked,
    });
    const prices = new Map<string, Map<string, Prices>>();
    for (const { integrationId, model, prices: one } of answer.models) {
      const ofIntegration = prices.get(integrationId) ?? new Map<string, Prices>();
      if (one) prices.set(integrationId, ofIntegration.set(model, fromProtoPrices(one)));
    }
    return { version: answer.priceBookVersion, prices };
  }
}

const toProtoPriceBook = (named: PriceBookNamed): registryV1.PriceModelsRequest['priceBook'] =>
  'at' in named ? { $case: 'at', value: named.at } : { $case: 'version', value: named.version };
