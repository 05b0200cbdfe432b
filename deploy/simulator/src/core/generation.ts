import { promptTokensOf } from './ask';
import type { Ask } from './ask';
import type { Behaviour } from './behaviour';
import { cutTo, scriptOf, tokensOf } from './script';
import type { Block } from './script';

/**
 * What will be generated, decided before it starts. All choices advance in step: one step is one token of
 * each choice, so `steps` is the number of tokens per choice.
 */
export interface Generation {
  readonly promptTokens: number;
  readonly choices: number;
  /** What each choice says, where nothing breaks it off. */
  readonly blocks: readonly Block[];
  readonly steps: number;
  /** Of each choice's tokens, those that are thought. */
  readonly reasoningTokens: number;
  readonly firstTokenMs: number;
  readonly intervalMs: number;
  readonly finish: 'stop' | 'length' | 'tool' | 'filter';
  /** After `steps`, before the answer is whole: the connection is destroyed, or an error is told. */
  readonly breaks: 'cut' | 'stream-error' | undefined;
  readonly usageReported: boolean;
}

const breakOf = ({ failure }: Behaviour): Generation['breaks'] =>
  failure === 'cut' || failure === 'stream-error' ? failure : undefined;

const finishOf = (blocks: readonly Block[], limited: boolean, behaviour: Behaviour): Generation['finish'] => {
  if (behaviour.failure === 'filter') return 'filter';
  if (limited) return 'length';
  return blocks.some(({ kind }) => kind === 'tool') ? 'tool' : 'stop';
};

export const planGeneration = (ask: Ask, behaviour: Behaviour): Generation => {
  const script = scriptOf(ask, behaviour);
  const wanted = tokensOf(script);
  const allowed = Math.min(ask.outputLimit ?? wanted, wanted);
  const breaks = breakOf(behaviour);
  const blocks = cutTo(script, allowed);
  return {
    promptTokens: behaviour.promptTokens ?? promptTokensOf(ask.contentBytes),
    choices: ask.choices,
    blocks,
    steps: breaks ? Math.min(behaviour.cutAfter ?? Math.floor(allowed / 2), allowed) : allowed,
    reasoningTokens: tokensOf(blocks.filter(({ kind }) => kind === 'reasoning')),
    firstTokenMs: behaviour.firstTokenMs,
    intervalMs: behaviour.intervalMs,
    finish: finishOf(script, allowed < wanted, behaviour),
    breaks,
    usageReported: behaviour.failure !== 'no-usage',
  };
};

/** When a step is due, in milliseconds from the start; step 0 (nothing said yet) is due with the first. */
export const stepDueMs = (generation: Generation, step: number): number =>
  generation.firstTokenMs + Math.max(0, step - 1) * generation.intervalMs;

/** How many steps are due: from the time passed, not from timers fired, so a busy CPU does not slow the pace. */
export const stepsDue = (generation: Generation, elapsedMs: number): number => {
  const { firstTokenMs, intervalMs, steps } = generation;
  if (elapsedMs < firstTokenMs) return 0;
  if (intervalMs === 0) return steps;
  return Math.min(steps, 1 + Math.floor((elapsedMs - firstTokenMs) / intervalMs));
};
