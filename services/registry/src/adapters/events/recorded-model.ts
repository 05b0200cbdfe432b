import { nanoUsdPerMillion } from '@gatehouse/kernel';
import type { typeV1 } from '@gatehouse/proto-gen';
import type { Model } from '../../domain/integration/model';

export const toProtoModel = (model: Model): typeV1.Model => ({
  name: model.name,
  inputNanoUsdPerMillion: model.inputPrice,
  outputNanoUsdPerMillion: model.outputPrice,
  cachedInputNanoUsdPerMillion: model.cachedInputPrice,
  cacheWriteNanoUsdPerMillion: model.cacheWritePrice,
  maxOutputTokens: model.maxOutputTokens,
  contextWindow: model.contextWindow,
});

/** A model as an event recorded it: it was judged then, and is not judged again. */
export const fromProtoRecordedModel = (recorded: typeV1.Model): Model => ({
  name: recorded.name,
  ...price('inputPrice', recorded.inputNanoUsdPerMillion),
  ...price('outputPrice', recorded.outputNanoUsdPerMillion),
  ...price('cachedInputPrice', recorded.cachedInputNanoUsdPerMillion),
  ...price('cacheWritePrice', recorded.cacheWriteNanoUsdPerMillion),
  maxOutputTokens: recorded.maxOutputTokens,
  contextWindow: recorded.contextWindow,
});

const price = (
  name: 'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'cacheWritePrice',
  value: bigint | undefined,
): Partial<Model> => (value === undefined ? {} : { [name]: nanoUsdPerMillion(value) });
