import type { AnswerShape, Probe, Probes } from './probe';

/** A kind of call that a provider has an endpoint for. */
export type EndpointKind =
  | 'chat-completions'
  | 'completions'
  | 'embeddings'
  | 'images'
  | 'speech'
  | 'transcriptions'
  | 'responses'
  | 'messages'
  | 'rerank';

/** What is to be known of a dialect by all who do not speak it. */
export interface DialectFacts {
  /** Gateways speak it. */
  readonly served: boolean;
  /** What a provider's row must name an endpoint for, so that it can be called in it. Absent: its paths are the dialect's own. */
  readonly needs?: readonly EndpointKind[];
  /** Its models are called by the aliases of their deployments. */
  readonly callsDeployments?: boolean;
  /** Where servers that an organization runs itself look for a key, whoever made them. Absent: where the provider's row says. */
  readonly localAuth?: 'bearer' | 'x-api-key';
  /** What its servers can be asked for nothing, as its inventor's are; absent: nothing is known. */
  readonly probes?: Probes;
}

const listing = (path: string, shape: AnswerShape, headers?: Probe['headers']): Probes => {
  const models = { path, shape, ...(headers && { headers }) };
  return { test: models, models };
};

/** Every dialect, by its name. `other` is a language of a provider's own. The protos have a word for each. */
const DIALECTS = {
  openai: {
    served: true,
    needs: ['chat-completions'],
    localAuth: 'bearer',
    probes: listing('/models', 'data-ids'),
  },
  'azure-openai': {
    served: true,
    callsDeployments: true,
    probes: listing('/models?api-version=2024-10-21', 'data-ids'),
  },
  anthropic: {
    served: true,
    needs: ['messages'],
    localAuth: 'x-api-key',
    probes: listing('/models?limit=1000', 'data-ids', { 'anthropic-version': '2023-06-01' }),
  },
  gemini: { served: false, probes: listing('/models?pageSize=1000', 'model-names') },
  bedrock: {
    served: true,
    // The runtime lists no models; what it lists costs nothing.
    probes: { test: { path: '/async-invoke?maxResults=1', shape: 'object' } },
  },
  cohere: { served: false, probes: listing('/v1/models?page_size=1000', 'model-names') },
  other: { served: false },
} as const satisfies Readonly<Record<string, DialectFacts>>;

export type DialectName = keyof typeof DIALECTS;

/** The dialects that gateways speak. */
export type ServedDialect = {
  [Name in DialectName]: (typeof DIALECTS)[Name]['served'] extends true ? Name : never;
}[DialectName];

const FACTS: ReadonlyMap<string, DialectFacts> = new Map(Object.entries(DIALECTS));

export const DIALECT_NAMES = Object.keys(DIALECTS) as readonly DialectName[];

/** What is known of a dialect; of a name that is none, what is known of any other language: nothing. */
export const dialectFacts = (dialect: string): DialectFacts => FACTS.get(dialect) ?? DIALECTS.other;

/** Whether gateways serve what speaks this dialect. */
export const isServed = (dialect: string): dialect is ServedDialect => dialectFacts(dialect).served;

/** Whether models of what speaks this dialect are called by the aliases of their deployments. */
export const callsDeployments = (dialect: string): boolean => dialectFacts(dialect).callsDeployments === true;
