import type { Deployment } from './deployments';
import type { ModelDecisions } from './model-decisions';
import {
  type AccessReason,
  accessReasonOf,
  composedModel,
  type OfferedModel,
  type PublishedModels,
} from './offered-model';

/** An alias is the admin's own word: it counts as listed from the beginning, whatever the catalog has. */
const ALIASES: PublishedModels = {
  names: () => [],
  factsOf: (name) => ({ name, kind: 'chat', capabilities: [], listedSince: 1n, withdrawn: false }),
  pricesOf: () => undefined,
};

/** Whether a deployment is offered, and why. Where models are called by their deployments, access names aliases. */
export const deploymentReasonOf = (alias: string, decisions: ModelDecisions): AccessReason =>
  accessReasonOf(alias, { ...decisions, customModels: new Map() }, ALIASES);

export const isDeploymentAllowed = (alias: string, decisions: ModelDecisions): boolean => {
  const reason = deploymentReasonOf(alias, decisions);
  return reason !== 'revoked' && reason !== 'not-selected';
};

/** The model behind a deployment, as it is offered; undefined where the alias is not allowed. */
export const deployedModel = (
  { alias, model }: Pick<Deployment, 'alias' | 'model'>,
  decisions: ModelDecisions,
  published: PublishedModels,
): OfferedModel | undefined =>
  isDeploymentAllowed(alias, decisions) ? composedModel(model, decisions, published) : undefined;
