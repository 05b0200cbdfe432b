import { randomUUID } from 'node:crypto';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { gathered, WHOLE } from '../rest/paging';
import { fromRestCustomModel, fromRestPricing } from './integration-conversion';
import type { ModelChange } from './integration.schema';

const PAGE = 500;

export const modelsOf = async (
  control: ControlPlane,
  integrationId: string,
): Promise<readonly registryV1.IntegrationModel[]> => {
  const { items } = await gathered(
    WHOLE,
    (page) =>
      control.integrations.listIntegrationModels(
        registryV1.ListIntegrationModelsRequest.fromPartial({ integrationId, ...page, pageSize: PAGE }),
      ),
    ({ models }) => models,
  );
  return items;
};

/** Custom models first, so that they can be allowed; then who may be called at all, then what it costs. Answers the last position. */
export const changeModels = async (
  control: ControlPlane,
  integrationId: string,
  models: readonly ModelChange[],
  autoEnable: boolean | undefined,
): Promise<string> => {
  const command = () => ({ requestId: randomUUID(), reason: '', integrationId });
  // What cannot be said is refused before anything is changed.
  const priced = models.map((model, index) => ({
    model,
    prices: fromRestPricing(model.pricing_config, `models[${index}].pricing_config.`),
  }));
  let position = '';
  for (const { model, prices } of priced.filter((one) => isDefined(one.model)))
    ({ position } = await control.integrations.defineCustomModel({
      ...command(),
      model: fromRestCustomModel(model, prices),
    }));
  const named = (enabled: boolean) =>
    models.filter((model) => model.enabled === enabled).map(({ slug }) => slug);
  if (models.length > 0 || autoEnable !== undefined) {
    const access = {
      allow: named(true),
      revoke: named(false),
      ...(autoEnable !== undefined && { autoEnable }),
    };
    ({ position } = await control.integrations.changeModelAccess(
      registryV1.ChangeModelAccessRequest.fromPartial({ ...command(), ...access }),
    ));
  }
  for (const { model, prices } of priced.filter((one) => !isDefined(one.model)))
    if (prices !== undefined)
      ({ position } = await control.integrations.overridePrice({ ...command(), model: model.slug, prices }));
  return position;
};

/** The catalog does not know it, or knows it otherwise. */
const isDefined = (model: ModelChange): boolean => model.is_custom === true || model.is_finetune === true;

/** Answers the last position. */
export const removeModels = async (
  control: ControlPlane,
  integrationId: string,
  names: readonly string[],
): Promise<string> => {
  let position = '';
  for (const name of names)
    ({ position } = await control.integrations.removeCustomModel({
      ...{ requestId: randomUUID(), reason: '' },
      ...{ integrationId, name },
    }));
  return position;
};
