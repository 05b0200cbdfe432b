export {
  fromProtoCustomModel,
  fromProtoModelDecisions,
  toProtoCustomModel,
  toProtoModelDecisions,
} from './decision-messages';
export { fromProtoModelFacts, toProtoModelFacts } from './facts-messages';
export { fromProtoModelKind, toProtoModelKind } from './kind-messages';
export { fromProtoPrices, toProtoPrices } from './price-messages';
export { fromProtoModelServing, toProtoModelServing } from './serving-messages';
export { fromToldDecision } from './told-decision';
export type { ToldDecision } from './told-decision';
export { fromProtoOffering } from './told-offering';
