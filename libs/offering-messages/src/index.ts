export {
  fromProtoCustomModel,
  fromProtoModelAccess,
  fromProtoModelDecisions,
  toProtoCustomModel,
  toProtoModelAccess,
  toProtoModelDecisions,
} from './decision-messages';
export type { ModelDecisionMessages } from './decision-messages';
export { fromProtoModelKind, toProtoModelKind } from './kind-messages';
export { fromProtoPrices, toProtoPrices } from './price-messages';
