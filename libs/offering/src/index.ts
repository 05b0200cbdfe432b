export { deployedModel, deploymentReasonOf, isDeploymentAllowed } from './deployed-model';
export { decidedAfter, isModelDecision, NOTHING_DECIDED } from './model-decision';
export type { ModelDecision, ModelDecisionType } from './model-decision';
export { callsDeployments, DIALECT_NAMES, dialectFacts, isServed } from './dialects';
export type { DialectFacts, DialectName, EndpointKind, ServedDialect } from './dialects';
export { ListedModels } from './listed-models';
export { defaultingTo, deploymentsAfter } from './deployments';
export type { Deployment, DeploymentChange } from './deployments';
export type { CustomModel, ModelAccess, ModelDecisions } from './model-decisions';
export { OUTPUT_LIMIT_NAMES, TOKENIZERS } from './model-facts';
export type { ImageTokens, ModelFacts, ModelKind, ModelLimits, ModelServing, Tokenizer } from './model-facts';
export {
  accessReasonOf,
  composedModel,
  isAllowed,
  knownNames,
  offeredModel,
  offeredNames,
} from './offered-model';
export type { AccessReason, OfferedModel, PriceLayer, PublishedModels } from './offered-model';
export type { AnswerShape, Probe, Probes } from './probe';
export { multipliedPrices, PRICE_MULTIPLIER_ONE, RATE_UNITS, ratesFor } from './prices';
export type { Prices, PriceTier, Rates, RateUnit, TieredRates } from './prices';
export {
  arePriced,
  costOfKinds,
  costRoundedUp,
  pricedKinds,
  rateOf,
  tariffOf,
  tariffRates,
  tariffServed,
  TOKENS_PER_PRICE,
} from './tariff';
export type { KindRates, Quantity, Tariff, UsageKind, UsageOfKind } from './tariff';
