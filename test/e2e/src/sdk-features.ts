import type { KeyUse, SimulatedDialect } from './every-dialect';
import type { Heard, SdkCall } from './sdk-process';

/** Which language an SDK speaks. */
export type SdkLanguage = 'openai' | 'anthropic';

const QUICK = 'sim-small;first=0;interval=0;completion=8';
const CALLING = `${QUICK};calls=2`;
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The models that features ask. */
export const SDK_MODELS = {
  small: 'sim-small',
  quick: QUICK,
  calling: CALLING,
  // One token, and then nothing for a minute: whoever hears more has not left.
  slow: 'sim-small;first=0;interval=60000',
  limited: 'sim-429',
  failing: 'sim-500',
  cut: 'sim-cut;interval=0',
  erring: 'sim-stream-error;interval=0',
} as const;

type Asked = Partial<Omit<SdkCall, 'key' | 'model' | 'parameters'>> & {
  readonly model?: keyof typeof SDK_MODELS;
  readonly key?: KeyUse;
  /** In the language of each SDK. */
  readonly parameters?: Readonly<Record<SdkLanguage, Readonly<Record<string, unknown>>>>;
};

export interface SdkFeature {
  readonly name: string;
  readonly asked: Asked;
  /** What of it is heard, as a matcher. */
  readonly heard: object;
  /** What is called, where it is not the dialect's. */
  readonly model?: string;
  /** What is heard instead of some providers. */
  readonly refused?: { readonly of: readonly SimulatedDialect[]; readonly code: string };
}

const TOOLS = ['weather', 'time'];
const AN_ARGUMENT = { city: expect.any(String) as unknown };
const callsOf = (...names: readonly string[]) => names.map((name) => ({ name, arguments: AN_ARGUMENT }));
const ANSWERED = { text: 'tok '.repeat(8), finish: 'stop', usage: { output: 8 } };
const SAID = expect.stringMatching(/^(tok )+$/) as unknown;

/** After its head a stream has no status, so that what is heard is no refusal of before. */
const BROKEN = expect.not.objectContaining({ status: expect.any(Number) as unknown }) as unknown;

const failed = (status: number, code?: string, more: object = {}): Pick<SdkFeature, 'heard'> => ({
  heard: { error: { status, ...(code !== undefined && { code }), ...more } },
});

/** One list for every SDK: what is asked, and what has to be heard. */
export const SDK_FEATURES: readonly SdkFeature[] = [
  { name: 'plain', asked: {}, heard: ANSWERED },
  { name: 'streaming', asked: { stream: true }, heard: { ...ANSWERED, pieces: expect.any(Number) } },
  {
    name: 'output limit',
    asked: { maxTokens: 3 },
    heard: { text: 'tok tok tok ', finish: 'length', usage: { output: 3 } },
  },
  {
    name: 'output limit, streaming',
    asked: { maxTokens: 3, stream: true },
    heard: { text: 'tok tok tok ', finish: 'length', usage: { output: 3 } },
  },
  {
    name: 'tools in parallel',
    asked: { model: 'calling', tools: TOOLS },
    heard: { calls: callsOf('weather', 'time'), finish: 'calls' },
  },
  {
    name: 'tools in parallel, streaming',
    asked: { model: 'calling', tools: TOOLS, stream: true },
    heard: { calls: callsOf('weather', 'time'), finish: 'calls' },
  },
  {
    name: 'one tool at a time',
    asked: { model: 'calling', tools: TOOLS, parallel: false },
    heard: { calls: [expect.anything()], finish: 'calls' },
    // Converse has no words for it.
    refused: { of: ['bedrock'], code: 'unsupported_parameter' },
  },
  {
    name: 'a forced tool',
    asked: { tools: TOOLS, choice: 'time' },
    heard: { calls: callsOf('time') },
  },
  {
    name: 'a forced tool, streaming',
    asked: { tools: TOOLS, choice: 'time', stream: true },
    heard: { calls: callsOf('time') },
  },
  { name: 'any tool', asked: { tools: TOOLS, choice: 'required' }, heard: { calls: [expect.anything()] } },
  {
    name: 'no tool',
    asked: { model: 'calling', tools: TOOLS, choice: 'none' },
    heard: { text: SAID, calls: [] },
  },
  {
    name: 'results of tools',
    asked: { model: 'calling', tools: TOOLS, results: true },
    heard: { text: SAID, calls: [], finish: 'stop' },
  },
  {
    name: 'structured output',
    asked: { structured: true },
    heard: { text: expect.stringMatching(/^\{\s*"city":\s*".*"\s*\}$/) },
  },
  { name: 'an image', asked: { image: PIXEL }, heard: ANSWERED },
  {
    name: 'leaving in mid-stream',
    asked: { model: 'slow', stream: true, leave: true },
    heard: { left: true },
  },
  { name: 'the list of models', asked: { kind: 'models' }, heard: { models: expect.any(Array) } },
  {
    name: 'embeddings',
    asked: { kind: 'embeddings', input: ['one', 'two'] },
    heard: { vectors: [8, 8] },
    refused: { of: ['anthropic', 'bedrock'], code: 'unsupported_surface' },
  },
  {
    name: 'counting tokens',
    asked: { kind: 'count' },
    heard: { usage: { input: expect.any(Number) } },
    refused: { of: ['openai', 'azure-openai', 'bedrock'], code: 'unsupported_surface' },
  },
  {
    name: 'error: wrong key',
    asked: { key: 'stranger' },
    ...failed(401, 'invalid_api_key', { class: 'AuthenticationError' }),
  },
  {
    name: 'error: unknown model',
    asked: {},
    model: '@nowhere/sim-small',
    ...failed(404, 'unknown_provider', { class: 'NotFoundError' }),
  },
  { name: 'error: budget spent', asked: { key: 'spent' }, ...failed(412, 'budget_exceeded') },
  {
    name: 'error: too many requests',
    asked: { key: 'hasty', stream: true },
    ...failed(429, 'rate_limit_exceeded', { class: 'RateLimitError' }),
  },
  {
    name: 'error: a parameter of no known cost',
    asked: { parameters: { openai: { web_search_options: {} }, anthropic: { mcp_servers: [{}] } } },
    ...failed(400, 'unsupported_parameter', {
      class: 'BadRequestError',
      param: expect.stringMatching(/^(web_search_options|mcp_servers)$/),
    }),
  },
  {
    name: 'error: the provider limits',
    asked: { model: 'limited' },
    ...failed(429, undefined, { class: 'RateLimitError' }),
  },
  {
    name: 'error: the provider fails',
    asked: { model: 'failing', stream: true },
    ...failed(502, 'provider_error', { class: 'InternalServerError' }),
  },
  {
    name: 'error: in mid-stream',
    asked: { model: 'erring', stream: true },
    heard: { error: BROKEN },
  },
  {
    name: 'error: the stream breaks off',
    asked: { model: 'cut', stream: true },
    heard: { error: BROKEN },
  },
];

/** What SDKs call the ends of an answer. */
const FINISHES: Readonly<Record<string, string>> = {
  ...{ stop: 'stop', end_turn: 'stop' },
  ...{ length: 'length', max_tokens: 'length' },
  ...{ tool_calls: 'calls', tool_use: 'calls', 'tool-calls': 'calls' },
};

/** The same, in no SDK's words. */
export const inCommonWords = (heard: Heard): Heard =>
  heard.finish === undefined ? heard : { ...heard, finish: FINISHES[heard.finish] ?? heard.finish };
