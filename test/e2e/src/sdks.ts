import { join } from 'node:path';
import type { SimulatedDialect } from './every-dialect';
import { ROOT } from './root';
import type { SdkLanguage } from './sdk-features';

/** An official SDK, unmodified, behind an adapter. */
export interface Sdk {
  readonly name: string;
  readonly language: SdkLanguage;
  /** Where it is from. */
  readonly registry: 'npm' | 'pypi';
  /** Starts the adapter, in `SDKS`. */
  command(gateway: string): readonly [string, ...string[]];
  /** Features that it has no words for. */
  readonly without: readonly string[];
  /** Providers of which a feature is refused, since this SDK asks for it in other words. */
  readonly refused?: Readonly<Record<string, readonly SimulatedDialect[]>>;
  /** Errors come as classes of their status. */
  readonly errorClasses: boolean;
}

export const SDKS = join(ROOT, 'test', 'sdks', 'adapters');

/** One that has the SDKs of PyPI. */
export const PYTHON = process.env['GATEHOUSE_TEST_SDKS_PYTHON'] ?? 'python3';

const node =
  (adapter: string, ...args: readonly string[]) =>
  (gateway: string) =>
    [process.execPath, `${adapter}.mjs`, gateway, ...args] as const;

const python =
  (adapter: string, ...args: readonly string[]) =>
  (gateway: string) =>
    [PYTHON, `${adapter}.py`, gateway, ...args] as const;

const OPENAI = {
  registry: 'npm',
  language: 'openai',
  without: ['counting tokens'],
  errorClasses: true,
} as const;
const ANTHROPIC = {
  registry: 'npm',
  language: 'anthropic',
  without: ['embeddings'],
  errorClasses: true,
} as const;
/** Vercel's have one class of error, no list of models, and no parameters beside those of their own. */
const AI = { errorClasses: false } as const;
const NOT_IN_AI = ['the list of models', 'error: a parameter of no known cost'];

/** The one that is a dependency of the repository, and of every run of the tests. */
export const SDKS_IN_CI: readonly Sdk[] = [
  { name: 'openai 6 (npm)', command: node('openai', 'openai'), ...OPENAI },
];

export const ALL_SDKS: readonly Sdk[] = [
  ...SDKS_IN_CI,
  { name: 'openai 7 (npm)', command: node('openai', 'openai-7'), ...OPENAI },
  { name: 'AzureOpenAI of openai 6 (npm)', command: node('openai', 'openai', 'azure'), ...OPENAI },
  { name: 'AzureOpenAI of openai 7 (npm)', command: node('openai', 'openai-7', 'azure'), ...OPENAI },
  { name: '@anthropic-ai/sdk', command: node('anthropic'), ...ANTHROPIC },
  {
    name: 'ai with @ai-sdk/openai',
    command: node('ai', 'openai'),
    ...OPENAI,
    ...AI,
    without: [...OPENAI.without, ...NOT_IN_AI],
  },
  {
    name: 'ai with @ai-sdk/anthropic',
    command: node('ai', 'anthropic'),
    ...ANTHROPIC,
    ...AI,
    without: [...ANTHROPIC.without, ...NOT_IN_AI, 'counting tokens'],
    // Of models that it does not know it forces a tool, and no second one beside it, which Converse has no words for.
    refused: { 'structured output': ['bedrock'] },
  },
  {
    name: '@langchain/openai',
    command: node('langchain'),
    ...OPENAI,
    without: [...OPENAI.without, 'the list of models'],
  },
  { name: 'openai (PyPI)', command: python('openai_python'), ...OPENAI, registry: 'pypi' },
  {
    name: 'AzureOpenAI of openai (PyPI)',
    command: python('openai_python', 'azure'),
    ...OPENAI,
    registry: 'pypi',
  },
];
