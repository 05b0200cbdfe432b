import { typeV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import { MODEL_KINDS } from '../catalog/catalog.schema';
import { fromRestRates } from '../prices/price-conversion';
import type { Asked } from '../rest/asked';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { known } from './named-integration';
import { detailsOf } from './own-integration-details';
import * as routes from './own-models.routes';
import type { CustomModelDefinition } from './own-models.schema';

@Controller()
export class OwnModelsController {
  @Serves(routes.defineCustomModel)
  async define(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.defineCustomModel>,
  ): Promise<AnswerOf<typeof routes.defineCustomModel>> {
    const { id: integrationId } = await known(control, path.integration);
    const { position } = await control.integrations.defineCustomModel({
      ...{ requestId, reason: body.reason, integrationId, model: fromRestCustomModel(body) },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.removeCustomModel)
  async remove(
    @AskedOf() { path, query, control, requestId }: Asked<typeof routes.removeCustomModel>,
  ): Promise<AnswerOf<typeof routes.removeCustomModel>> {
    const { id: integrationId } = await known(control, path.integration);
    const { position } = await control.integrations.removeCustomModel({
      ...{ requestId, reason: query.reason, integrationId, name: query.model },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.overridePrice)
  async overridePrice(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.overridePrice>,
  ): Promise<AnswerOf<typeof routes.overridePrice>> {
    const { id: integrationId } = await known(control, path.integration);
    const { reason, model } = body;
    const prices = { rates: fromRestRates(body.rates, 'rates'), tiers: [], serviceTiers: {} };
    const { position } = await control.integrations.overridePrice({
      ...{ requestId, reason, integrationId, model, prices },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.removePriceOverride)
  async removePriceOverride(
    @AskedOf() { path, query, control, requestId }: Asked<typeof routes.removePriceOverride>,
  ): Promise<AnswerOf<typeof routes.removePriceOverride>> {
    const { id: integrationId } = await known(control, path.integration);
    const { position } = await control.integrations.removePriceOverride({
      ...{ requestId, reason: query.reason, integrationId, model: query.model },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }
}

const fromRestCustomModel = (said: CustomModelDefinition): typeV1.CustomModel => ({
  name: said.name,
  baseModel: said.base_model,
  fineTuned: said.fine_tuned,
  prices: said.rates ? { rates: fromRestRates(said.rates, 'rates'), tiers: [], serviceTiers: {} } : undefined,
  contextWindow: tokensIn(said.context_window),
  maxOutputTokens: tokensIn(said.max_output_tokens),
  kind: said.kind ? MODEL_KINDS.valueOf(said.kind) : typeV1.ModelKind.UNSPECIFIED,
  serving: undefined,
});

const tokensIn = (said: number | null | undefined): bigint | undefined =>
  typeof said === 'number' ? BigInt(said) : undefined;
