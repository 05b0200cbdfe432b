import type { typeV1 } from '@gatehouse/proto-gen';
import type { ListedModel } from '../../app/publication/listed-models';

/** In the form from before prices had tiers: those of a request that reaches none. */
export const toProtoListedModel = ({ facts, prices }: ListedModel): typeV1.Model => ({
  name: facts.name,
  inputNanoUsdPerMillion: prices?.rates.input,
  outputNanoUsdPerMillion: prices?.rates.output,
  cachedInputNanoUsdPerMillion: prices?.rates.cachedInput,
  cacheWriteNanoUsdPerMillion: prices?.rates.cacheWrite,
  maxOutputTokens: facts.maxOutputTokens ?? 0n,
  contextWindow: facts.contextWindow ?? 0n,
});
