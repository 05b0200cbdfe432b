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
  const removed = synonymsOf(outputLimit, usual, others);
  const multiplier =
    multipliers.size > 0 ? outputMultipliers.find((name) => multipliers.has(name)) : undefined;
  if (multiplier !== undefined) {
    const message = `'${multiplier}' multiplies what is generated, which the budgets cannot bound.`;
    throw new Refusal('unsupported_parameter', message, { param: multiplier });
  }
  if (limits.size === 0) return { name: outputLimit, tokens: undefined, removed };
  let tokens = limits.get(outputLimit);
  let given = tokens === undefined ? undefined : outputLimit;
  for (const other of removed) {
    const allowed = limits.get(other);
    if (allowed === undefined) continue;
    if (tokens === undefined || given === undefined) [tokens, given] = [allowed, other];
    const contradicts = given === outputLimit ? allowed < tokens : allowed !== tokens;
    if (contradicts) throw invalidRequest(`'${other}' and '${given}' contradict each other.`, other);
  }
  return { name: outputLimit, tokens, removed };
};

/** All names of a limit but the one that is honoured. */
const synonymsOf = (honoured: string, usual: string, others: readonly string[]): readonly string[] =>
  honoured === usual && !others.includes(usual)
    ? others
    : [usual, ...others].filter((name) => name !== honoured);
