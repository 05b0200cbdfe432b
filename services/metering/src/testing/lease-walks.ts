import {
  LeaseSimulation,
  type Mutant as LeaseMutant,
  MUTANTS as LEASE_MUTANTS,
  type WalkResult,
} from './lease-simulation';
import { SCENE_OF_MUTANT } from './waiting-scenes';
import { type WaitingMutant, WaitingSimulation } from './waiting-simulation';

export type Mutant = LeaseMutant | WaitingMutant;

/** Rules that are taken out, one at a time. */
export const MUTANTS: readonly Mutant[] = [
  ...LEASE_MUTANTS,
  ...(Object.keys(SCENE_OF_MUTANT) as WaitingMutant[]),
];

const LONG_STEPS = 400;
const LONG_EVERY = 200;
const SHORT_STEPS_MIN = 8;
const SHORT_STEPS_MAX = 24;
/** A rule that is taken out is noticed within as many walks. */
const MUTANT_SEEDS_MAX = 1_000;

export interface Violation {
  readonly seed: number;
  readonly faults: readonly string[];
}

/** By what a mutant was noticed, and in which walk. */
export interface Noticed {
  readonly seed: number;
  readonly fault: string;
}

/** Most walks are short, and find what few messages can do in whatever order; one in some hundreds has time for a long story. */
export const walk = (seed: number): WalkResult =>
  new LeaseSimulation(seed, seed % LONG_EVERY === 0 ? LONG_STEPS : shortSteps(seed)).run();

const shortSteps = (seed: number): number =>
  SHORT_STEPS_MIN + (seed % (SHORT_STEPS_MAX - SHORT_STEPS_MIN + 1));

const isOfWaiting = (mutant: Mutant): mutant is WaitingMutant => mutant in SCENE_OF_MUTANT;

const faultsOf = (seed: number, mutant: Mutant): readonly string[] =>
  isOfWaiting(mutant)
    ? new WaitingSimulation(seed, SCENE_OF_MUTANT[mutant], mutant).run().faults
    : new LeaseSimulation(seed, LONG_STEPS, mutant).run().faults;

/** Long walks, or scenes, with a rule taken out, until the books notice. */
export const noticedBy = (mutant: Mutant): Noticed | undefined => {
  for (let seed = 1; seed <= MUTANT_SEEDS_MAX; seed++) {
    const [fault] = faultsOf(seed, mutant);
    if (fault !== undefined) return { seed, fault };
  }
  return undefined;
};

export const noticedByMutant = (): Readonly<Record<Mutant, Noticed | null>> =>
  Object.fromEntries(MUTANTS.map((mutant) => [mutant, noticedBy(mutant) ?? null])) as Record<
    Mutant,
    Noticed | null
  >;
