import type { OutputDemand } from './ask';
import type { Quirks } from './quirks';
import { invalidRequest, Refusal } from './refusal';

/** The output limit as the provider is to be told it. */
export interface OutputLimit {
  /** The one name that the provider honours. */
  readonly name: string;
  /** What the client set, in tokens of one choice; absent where it set none. */
  readonly tokens?: number;
  /** Members that must not go out, whatever they say: other names of a limit. */
  readonly removed: readonly string[];
}

/**
 * What a request's limits amount to under the one name that the provider honours. Others beside it that allow as much or
 * more are removed, so that it alone binds. Refused is one that allows less than what would be sent, and whatever multiplies
 * the output beside `n`: the bound would not be true.
 */
export const outputLimitFor = (
  { limits, multipliers, limitNames }: Pick<OutputDemand, 'limits' | 'multipliers' | 'limitNames'>,
  { outputLimit: usual, outputLimitSynonyms: others, outputMultipliers }: Quirks,
): OutputLimit => {
  const outputLimit = limitNames?.get(usual) ?? usual;
  const synonyms = [usual, ...others].filter((name) => name !== outputLimit);
  const multiplier = outputMultipliers.find((name) => multipliers.has(name));
  if (multiplier !== undefined) {
    const message = `'${multiplier}' multiplies what is generated, which the budgets cannot bound.`;
    throw new Refusal('unsupported_parameter', message, { param: multiplier });
  }
  const given = [outputLimit, ...synonyms].filter((name) => limits.has(name));
  const [first, ...rest] = given.map((name) => [name, limits.get(name) as number] as const);
  if (!first) return { name: outputLimit, removed: synonyms };
  const [name, tokens] = first;
  for (const [other, allowed] of rest) {
    const contradicts = name === outputLimit ? allowed < tokens : allowed !== tokens;
    if (contradicts) throw invalidRequest(`'${other}' and '${name}' contradict each other.`, other);
  }
  return { name: outputLimit, tokens, removed: synonyms };
};
