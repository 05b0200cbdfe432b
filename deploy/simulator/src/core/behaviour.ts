import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, invalidRequest } from './api-error';

export const FAILURES = [
  '429',
  '500',
  'cut',
  'stream-error',
  'no-usage',
  'filter',
  'slow-first-byte',
  'echo-credential',
] as const;
export type Failure = (typeof FAILURES)[number];

/** How one request is to be answered. Times are milliseconds; token counts are per choice. */
export interface Behaviour {
  readonly failure: Failure | undefined;
  /** From the start of generation to the first token; for a failing answer, to the answer. */
  readonly firstTokenMs: number;
  readonly intervalMs: number;
  /** What the model would say if nothing limited it, where it is free to say anything. */
  readonly completionTokens: number;
  /** Thought before it speaks; undefined: as many as usual where the request asks for thought. */
  readonly reasoningTokens: number | undefined;
  /** How many tools are called where the request leaves it open; undefined: none, or one where it must be. */
  readonly toolCalls: number | undefined;
  /** Said before the first tool call. */
  readonly preambleTokens: number;
  /** Undefined: counted from the message contents. */
  readonly promptTokens: number | undefined;
  /** Status of a failing answer; undefined: the failure's own. */
  readonly status: number | undefined;
  /** After how many tokens `cut` and `stream-error` break off; undefined: half of them. */
  readonly cutAfter: number | undefined;
  readonly retryAfterSeconds: number;
}

/** Model names that stand for a failure; `sim-small` stands for none. */
export const MODELS: ReadonlyMap<string, Failure | undefined> = new Map<string, Failure | undefined>([
  ['sim-small', undefined],
  ['sim-429', '429'],
  ['sim-500', '500'],
  ['sim-cut', 'cut'],
  ['sim-stream-error', 'stream-error'],
  ['sim-no-usage', 'no-usage'],
  ['sim-filter', 'filter'],
  ['sim-slow', 'slow-first-byte'],
  ['sim-echo-credential', 'echo-credential'],
]);

const DEFAULT_COMPLETION_TOKENS = 64;
const DEFAULT_FIRST_TOKEN_MS = 50;
const SLOW_FIRST_TOKEN_MS = 10_000;
const DEFAULT_INTERVAL_MS = 5;

interface Knob {
  readonly header: string;
  readonly min: number;
  readonly max: number;
}

/** The numbers that a request may set: by `;key=value` in the model name, or by a header, which wins. */
const KNOBS = {
  first: { header: 'x-sim-first-token-ms', min: 0, max: 600_000 },
  interval: { header: 'x-sim-token-interval-ms', min: 0, max: 600_000 },
  completion: { header: 'x-sim-completion-tokens', min: 0, max: 100_000 },
  reasoning: { header: 'x-sim-reasoning-tokens', min: 0, max: 100_000 },
  calls: { header: 'x-sim-tool-calls', min: 0, max: 128 },
  preamble: { header: 'x-sim-preamble-tokens', min: 0, max: 100_000 },
  prompt: { header: 'x-sim-prompt-tokens', min: 0, max: 1_000_000_000 },
  status: { header: 'x-sim-status', min: 400, max: 599 },
  after: { header: 'x-sim-cut-after', min: 0, max: 100_000 },
  'retry-after': { header: 'x-sim-retry-after', min: 0, max: 86_400 },
} as const satisfies Record<string, Knob>;
type KnobKey = keyof typeof KNOBS;

const KNOB_KEYS = Object.keys(KNOBS) as KnobKey[];
const FAILURE_HEADER = 'x-sim-fail';

/**
 * Reads the `;key=value` suffixes, or `__key.value` where a name may have neither sign; a misspelt one is refused, since a
 * test that asks for nothing proves nothing.
 */
const suffixesOf = (model: string): { base: string; settings: Map<string, string> } => {
  const [base = '', ...suffixes] = model.split(/;|__/);
  const settings = new Map<string, string>();
  for (const suffix of suffixes) {
    const [, key = '', value = ''] = /^([^=.]*)[=.]?(.*)$/.exec(suffix) ?? [];
    if (key !== 'fail' && !Object.hasOwn(KNOBS, key)) {
      throw invalidRequest(`Unknown setting '${key}' in the model name.`, 'model', 'unknown_setting');
    }
    settings.set(key, value);
  }
  return { base, settings };
};

const failureOf = (text: string): Failure => {
  const failure = FAILURES.find((known) => known === text);
  if (!failure) throw invalidRequest(`Unknown failure '${text}'.`, FAILURE_HEADER, 'unknown_failure');
  return failure;
};

const numberOf = (key: KnobKey, text: string): number => {
  const { header, min, max } = KNOBS[key];
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw invalidRequest(`'${key}' takes a whole number from ${min} to ${max}.`, header, 'invalid_setting');
};

const defaultFirstTokenMs = (failure: Failure | undefined): number => {
  switch (failure) {
    case 'slow-first-byte':
      return SLOW_FIRST_TOKEN_MS;
    case '429':
    case '500':
    case 'echo-credential':
      return 0;
    case 'cut':
    case 'stream-error':
    case 'no-usage':
    case 'filter':
    case undefined:
      return DEFAULT_FIRST_TOKEN_MS;
  }
};

/**
 * Decides how a request is answered, from its model name and headers. A name that starts with `sim-` and is
 * not one of ours is refused as OpenAI refuses an unknown model; any other name behaves like `sim-small`.
 */
export const behaviourOf = (model: string, headers: IncomingHttpHeaders): Behaviour => {
  const { base, settings } = suffixesOf(model);
  if (base.startsWith('sim-') && !MODELS.has(base)) {
    const message = `The model '${base}' does not exist or you do not have access to it.`;
    throw new ApiError(404, 'invalid_request_error', message, null, 'model_not_found');
  }
  const chosen = (header: string, key: string): string | undefined => {
    const fromHeader = headers[header];
    return typeof fromHeader === 'string' ? fromHeader : settings.get(key);
  };
  const numbers: Partial<Record<KnobKey, number>> = {};
  for (const key of KNOB_KEYS) {
    const text = chosen(KNOBS[key].header, key);
    if (text !== undefined) numbers[key] = numberOf(key, text);
  }
  const failureText = chosen(FAILURE_HEADER, 'fail');
  const failure = failureText === undefined ? MODELS.get(base) : failureOf(failureText);
  return {
    failure,
    firstTokenMs: numbers.first ?? defaultFirstTokenMs(failure),
    intervalMs: numbers.interval ?? DEFAULT_INTERVAL_MS,
    completionTokens: numbers.completion ?? DEFAULT_COMPLETION_TOKENS,
    reasoningTokens: numbers.reasoning,
    toolCalls: numbers.calls,
    preambleTokens: numbers.preamble ?? 0,
    promptTokens: numbers.prompt,
    status: numbers.status,
    cutAfter: numbers.after,
    retryAfterSeconds: numbers['retry-after'] ?? 1,
  };
};
