import { isObject, type Json } from '../../json-values';
import { invalidRequest } from '../../refusal';
import { isSaid, listAt, type Omissions, textAt } from '../translation';
import { forcesTool } from './tools';

/** How a model is to think, and how hard where it is told so beside it. */
export interface Thinking {
  readonly thinking: Json;
  readonly effort?: string;
}

/** What decides how a model can be told to think. */
export interface Thinker {
  readonly model: string;
  /** Of the output, in tokens. */
  readonly limit: number;
  readonly choice: Json;
  readonly messages: readonly Json[];
}

/** Of the output limit, what each effort may think. */
const EFFORT_SHARES: ReadonlyMap<string, number> = new Map([
  ['low', 0.2],
  ['medium', 0.5],
  ['high', 0.8],
  ['xhigh', 0.9],
]);
/** The least that can be thought, by Anthropic's rule. */
const THINKING_TOKENS_MIN = 1024;

/** A last turn with calls must begin with the thought that led to them, or the model may not think on. */
const lacksThought = (messages: readonly Json[]): boolean => {
  const turn = messages.findLast(({ role }) => role === 'assistant');
  const blocks = listAt(turn?.['content'], 'messages').filter(isObject);
  const calls = blocks.some(({ type }) => type === 'tool_use');
  return calls && blocks[0]?.['type'] !== 'thinking' && blocks[0]?.['type'] !== 'redacted_thinking';
};

/** A name with its version: a date is none. */
const VERSIONED = /claude-[a-z]+-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/**
 * Models that decide by themselves how much they think, refuse a budget of it, and take an effort by its name: those from 4.7 on.
 * Source: Anthropic's migration guide.
 */
const thinksByEffort = (model: string): boolean => {
  const [, major = '0', minor = '0'] = VERSIONED.exec(model) ?? [];
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 7);
};

/** Undefined where it does not think. Throws Refusal for an effort that nobody knows. */
export const thinkingOf = (
  effort: unknown,
  { model, limit, choice, messages }: Thinker,
  omissions: Omissions,
): Thinking | undefined => {
  if (!isSaid(effort) || effort === 'none' || effort === 'minimal') return undefined;
  const named = textAt(effort, 'reasoning_effort');
  const share = EFFORT_SHARES.get(named);
  if (share === undefined)
    throw invalidRequest("'reasoning_effort' has a value that is unknown.", 'reasoning_effort');
  if (forcesTool(choice)) {
    omissions.leaveOut('reasoning_effort', 'The provider does not think where a tool is forced.');
    return undefined;
  }
  if (thinksByEffort(model)) return { thinking: { type: 'adaptive' }, effort: named };
  // An effort is a wish: too little room, or history of another model, is no reason to refuse.
  if (limit <= THINKING_TOKENS_MIN || lacksThought(messages)) {
    omissions.note('reasoning_effort');
    return undefined;
  }
  const budget = Math.max(THINKING_TOKENS_MIN, Math.floor(limit * share));
  return { thinking: { type: 'enabled', budget_tokens: Math.min(budget, limit - 1) } };
};
