import type { ModelServing } from '@gatehouse/offering';
import type { typeV1 } from '@gatehouse/proto-gen';

export const toProtoModelServing = (serving: ModelServing): typeV1.ModelServing => ({
  templateTokens: serving.templateTokens ?? 0n,
  outputLimit: serving.outputLimit ?? '',
  tokensPerSecondMax: serving.tokensPerSecondMax ?? 0,
});

/** Undefined where nothing is said. */
export const fromProtoModelServing = (message: typeV1.ModelServing | undefined): ModelServing | undefined => {
  if (!message) return undefined;
  const { templateTokens, outputLimit, tokensPerSecondMax } = message;
  if (templateTokens === 0n && outputLimit === '' && tokensPerSecondMax === 0) return undefined;
  return {
    ...(templateTokens !== 0n && { templateTokens }),
    ...(outputLimit !== '' && { outputLimit }),
    ...(tokensPerSecondMax !== 0 && { tokensPerSecondMax }),
  };
};
