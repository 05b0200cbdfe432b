import {
  type AccessReason,
  accessReasonOf,
  callsDeployments,
  composedModel,
  type CustomModel,
  type Deployment,
  deploymentReasonOf,
  isAllowed,
  isDeploymentAllowed,
  knownNames,
  type ModelDecisions,
  type OfferedModel,
  type PublishedModels,
} from '@gatehouse/offering';
import type { IntegrationView } from './integration-streams';

/** A model as an integration has it, offered or not. */
export interface KnownModel {
  readonly model: OfferedModel;
  readonly allowed: boolean;
  readonly reason: AccessReason;
  /** Where it is a custom one. */
  readonly custom: CustomModel | undefined;
}

/** By name: each that is catalogued, custom or decided upon; of what is called by deployments these. */
export const modelsOf = (
  { modelDecisions: decisions, dialect, deployments }: IntegrationView,
  published: PublishedModels,
): readonly KnownModel[] =>
  callsDeployments(dialect)
    ? deployments.map((deployment) => deployedView(deployment, decisions, published)).sort(byName)
    : knownNames(decisions, published).map((name) => ({
        model: composedModel(name, decisions, published),
        allowed: isAllowed(name, decisions, published),
        reason: accessReasonOf(name, decisions, published),
        custom: decisions.customModels.get(name),
      }));

/** Under its alias, with all that the model behind it has. */
const deployedView = (
  { alias, model }: Deployment,
  decisions: ModelDecisions,
  published: PublishedModels,
): KnownModel => ({
  model: { ...composedModel(model, decisions, published), name: alias },
  allowed: isDeploymentAllowed(alias, decisions),
  reason: deploymentReasonOf(alias, decisions),
  custom: decisions.customModels.get(model),
});

const byName = (a: KnownModel, b: KnownModel): number => (a.model.name < b.model.name ? -1 : 1);

/** How many of them are offered. */
export const allowedCount = (
  { modelDecisions: decisions, dialect, deployments }: IntegrationView,
  published: PublishedModels,
): number =>
  callsDeployments(dialect)
    ? deployments.filter(({ alias }) => isDeploymentAllowed(alias, decisions)).length
    : knownNames(decisions, published).filter((name) => isAllowed(name, decisions, published)).length;
