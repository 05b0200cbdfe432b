import type { SeededRandom } from './seeded-random';

const VARIABLE = 'GATEHOUSE_TEST_ROUNDS';

const roundsGiven = (): number | undefined => {
  const text = process.env[VARIABLE];
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error(`${VARIABLE} is not a count: ${text}`);
  return rounds;
};

/** Whether this run is a proof, which tries everything; any other run tries a share of it, drawn anew each time. */
export const isProof = roundsGiven() !== undefined;

/** How often a proof does each thing that it does: as GATEHOUSE_TEST_ROUNDS says, and once in any other run. */
export const rounds = roundsGiven() ?? 1;

/** Of cases that are alike, those that this run tries: all in a proof, else `count` of them as the dice fall. */
export const shareOf = <T>(cases: readonly T[], count: number, random: SeededRandom): readonly T[] =>
  isProof ? cases : random.shuffled(cases).slice(0, count);
