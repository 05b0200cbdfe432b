import { AppError } from '@gatehouse/kernel';

/** What was given by names, each once. INVALID `GIVEN_TWICE`: which of the two was meant, nobody can tell. */
export const byName = <Value>(
  pairs: readonly (readonly [name: string, Value])[],
): { [name: string]: Value } => {
  const names = new Set<string>();
  for (const [name] of pairs) {
    if (names.has(name)) throw new AppError('INVALID', 'GIVEN_TWICE', { metadata: { name } });
    names.add(name);
  }
  return Object.fromEntries(pairs);
};
