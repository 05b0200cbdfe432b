import type { ModelFacts } from '@gatehouse/offering';
import type { KnownModel } from './model-facts';

/**
 * The models of a provider in the next version of the catalog. One keeps the version that listed it first; one that is
 * not known any more stays, and is said to be withdrawn.
 */
export const nextModels = (
  known: ReadonlyMap<string, KnownModel>,
  version: bigint,
  before: ReadonlyMap<string, ModelFacts> = new Map(),
): readonly ModelFacts[] => {
  const names = [...new Set([...known.keys(), ...before.keys()])].sort();
  return names.flatMap((name): ModelFacts[] => {
    const [now, then] = [known.get(name), before.get(name)];
    if (now) return [{ ...now, listedSince: then?.listedSince ?? version }];
    return then ? [{ ...then, withdrawn: true }] : [];
  });
};
