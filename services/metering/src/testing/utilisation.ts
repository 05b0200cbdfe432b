import { contended } from './waiting-scenes';
import { type SceneResult, WaitingSimulation } from './waiting-simulation';

/** What it takes: with a wait of 30 seconds, by how often one gateway or another is killed. */
export const USED_AT_LEAST = [
  { killEveryMs: undefined, share: 0.99 },
  { killEveryMs: 150_000, share: 0.99 },
  { killEveryMs: 15_000, share: 0.93 },
] as const;

export interface Utilisation {
  /** Undefined: never. */
  readonly killEveryMs: number | undefined;
  readonly budgets: number;
  readonly kills: number;
  /** Of all budgets together, what providers had billed when somebody was first refused; and of the worst. */
  readonly used: number;
  readonly usedLeast: number;
  readonly usedAtLeast: number;
  readonly faults: readonly string[];
}

/** How much of contended budgets is used, each with its own seed from 1 on. */
export const utilisationOf = (budgets: number): readonly Utilisation[] =>
  USED_AT_LEAST.map(({ killEveryMs, share: usedAtLeast }) => {
    const results: readonly SceneResult[] = Array.from({ length: budgets }, (_, index) =>
      new WaitingSimulation(index + 1, contended(30_000, killEveryMs)).run(),
    );
    const shares = results.map(({ used }) => used);
    return {
      killEveryMs,
      budgets,
      kills: results.reduce((sum, { killed }) => sum + killed, 0),
      used: shares.reduce((sum, share) => sum + share, 0) / budgets,
      usedLeast: Math.min(...shares),
      usedAtLeast,
      faults: results.flatMap(({ faults }, index) => faults.map((fault) => `seed ${index + 1}: ${fault}`)),
    };
  });

export const isEnough = ({ used, usedAtLeast, faults }: Utilisation): boolean =>
  used >= usedAtLeast && faults.length === 0;
