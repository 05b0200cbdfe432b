import type { Dialect, Provider } from './provider';

/** What is read of an answer: nothing but that it is JSON, or names of models in one of two shapes. */
export type AnswerShape = 'object' | 'data-ids' | 'model-names';

/** A request to a provider that costs nothing and wants to know who asks: GET. */
export interface Probe {
  /** What follows the base URL, query included; `{field}` stands for a field of the form that is not secret. */
  readonly path: string;
  readonly shape: AnswerShape;
  /** Sent with it; nothing secret. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The cheapest endpoints of a provider. What is absent is not known to be there. */
export interface Probes {
  /** Tells whether a credential works. */
  readonly test?: Probe;
  /** Lists the provider's own models. */
  readonly models?: Probe;
}

const listing = (path: string, shape: AnswerShape, headers?: Probe['headers']): Probes => {
  const models = { path, shape, ...(headers && { headers }) };
  return { test: models, models };
};

/** Where the servers of a dialect list their models, as its inventor does. */
const PROBES_OF_DIALECT: Readonly<Record<Dialect, Probes>> = {
  openai: listing('/models', 'data-ids'),
  'azure-openai': listing('/models?api-version=2024-10-21', 'data-ids'),
  anthropic: listing('/models?limit=1000', 'data-ids', { 'anthropic-version': '2023-06-01' }),
  gemini: listing('/models?pageSize=1000', 'model-names'),
  cohere: listing('/v1/models?page_size=1000', 'model-names'),
  // The runtime lists no models; what it lists costs nothing.
  bedrock: { test: { path: '/async-invoke?maxResults=1', shape: 'object' } },
  other: {},
};

/** What is called, as far as it decides where models are listed. */
export interface Probed {
  readonly local: boolean;
  readonly dialect: string;
}

/** A server of the organization's own is asked as its dialect is; a provider as its row says. */
export const probesOf = (
  { dialects, probes }: Pick<Provider, 'dialects' | 'probes'>,
  { local, dialect }: Probed,
): Probes => {
  if (local) return PROBES_OF_DIALECT[knownDialect(dialect)];
  return probes ?? PROBES_OF_DIALECT[dialects[0]];
};

const knownDialect = (dialect: string): Dialect =>
  Object.hasOwn(PROBES_OF_DIALECT, dialect) ? (dialect as Dialect) : 'other';

/** The path with the form's fields in it. */
export const filledProbe = (probe: Probe, fields: Readonly<Record<string, string>>): Probe => ({
  ...probe,
  path: probe.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(fields[name] ?? '')),
});
