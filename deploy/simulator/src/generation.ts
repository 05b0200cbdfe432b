import type { Behaviour } from './behaviour';
import { promptTokensOf } from './chat-request';
import type { ChatRequest } from './chat-request';

/**
 * What will be generated, decided before it starts. All choices advance in step: one step is one token of
 * each choice, so `steps` is the number of tokens per choice.
 */
export interface Generation {
  readonly promptTokens: number;
  readonly choices: number;
  readonly steps: number;
  readonly firstTokenMs: number;
  readonly intervalMs: number;
  readonly finishReason: 'stop' | 'length';
  /** The connection is destroyed after `steps`, before the answer is whole. */
  readonly cut: boolean;
  readonly usageReported: boolean;
}

export const planGeneration = (request: ChatRequest, behaviour: Behaviour): Generation => {
  const wanted = behaviour.completionTokens;
  const allowed = Math.min(request.outputLimit ?? wanted, wanted);
  const cut = behaviour.failure === 'cut';
  return {
    promptTokens: behaviour.promptTokens ?? promptTokensOf(request.contentBytes),
    choices: request.choices,
    steps: cut ? Math.min(behaviour.cutAfter ?? Math.floor(allowed / 2), allowed) : allowed,
    firstTokenMs: behaviour.firstTokenMs,
    intervalMs: behaviour.intervalMs,
    finishReason: allowed < wanted ? 'length' : 'stop',
    cut,
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
