import type { ModelServing } from '@gatehouse/offering';
import { vendorsNameOf } from './vendors-name';

/** Twice the speed that is published, for a usual one: what is estimated by it errs high. */
const usually = (tokensPerSecond: number): ModelServing => ({ tokensPerSecondMax: 2 * tokensPerSecond });

/** By provider, the models that it serves otherwise than the rest; the first that a name matches counts. */
const MODELS: Readonly<Record<string, readonly (readonly [RegExp, ModelServing])[]>> = {
  cerebras: [
    [/^gpt-oss-120b/, usually(3_000)],
    [/^qwen-3\.8-27b/, usually(1_850)],
  ],
  groq: [
    [/^gpt-oss-120b/, usually(500)],
    [/^llama-3\.3-70b/, usually(280)],
  ],
};

/** How a provider serves a model; undefined where that is as its row says. */
export const servingOf = (provider: string, model: string): ModelServing | undefined => {
  const name = vendorsNameOf(model);
  return MODELS[provider]?.find(([pattern]) => pattern.test(name))?.[1];
};
