import { type ModelServing, OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';

/** The name under which earlier versions of an API honour an output limit. */
export interface OutputLimitBefore {
  /** The first that knows the name of today, as its date: `2024-09-01`. */
  readonly apiVersion: string;
  readonly name: string;
}

/** Where a provider departs from what its dialect says, as far as the bill depends on it: data of the catalog. */
export interface Quirks {
  /** The name under which it honours an output limit. */
  readonly outputLimit: string;
  /** Other names that it may read as an output limit. */
  readonly outputLimitSynonyms: readonly string[];
  /** Parameters that multiply what is generated, unknown to the bound. */
  readonly outputMultipliers: readonly string[];
  /** It takes `stream_options.include_usage`. */
  readonly streamOptions: boolean;
  /** Where the usage lies in an answer or an event, as dotted paths; the first that is there counts. */
  readonly usagePaths: readonly string[];
  /** Where inside the usage the cached input tokens lie, beside where the dialect has them. */
  readonly cachedInputPaths: readonly string[];
  /** Reasoning tokens come on top of the output tokens, whether the total has them or not. */
  readonly reasoningOutsideOutput: boolean;
  /** A generation that is cancelled is generated to its end, and billed so. */
  readonly cancelledBilledInFull: boolean;
  /** Whatever it is told becomes a setting of the generation: what nobody here knows is kept from it. */
  readonly strict: boolean;
  /** What it takes beside the parameters of its dialect; matters where it is strict. */
  readonly parameters: readonly string[];
  /** The fastest that it is known to write an answer, in tokens a second; 0: nobody says. */
  readonly tokensPerSecondMax: number;
  /** Absent: whatever the version of its API, it honours the same name. */
  readonly outputLimitBefore?: OutputLimitBefore | undefined;
}

/** What multiplies the output of some server, beside `n`. */
export const OUTPUT_MULTIPLIERS = [
  'best_of',
  'use_beam_search',
  'num_beams',
  'n_cmpl',
  'num_return_sequences',
  'candidate_count',
  'candidateCount',
] as const;

/** Of a provider that the catalog does not have: the name that servers know that know one alone. */
export const UNKNOWN_QUIRKS: Quirks = {
  outputLimit: 'max_tokens',
  outputLimitSynonyms: OUTPUT_LIMIT_NAMES.filter((name) => name !== 'max_tokens'),
  outputMultipliers: OUTPUT_MULTIPLIERS,
  streamOptions: true,
  usagePaths: ['usage'],
  cachedInputPaths: [],
  reasoningOutsideOutput: false,
  cancelledBilledInFull: false,
  strict: false,
  parameters: [],
  tokensPerSecondMax: 0,
};

const DATE = /^\d{4}-\d{2}-\d{2}/;

/** Those of an API of this version; what has no date is newer than whatever has one. */
export const quirksOfVersion = (quirks: Quirks, apiVersion: string | undefined): Quirks => {
  const { outputLimitBefore: before } = quirks;
  const [date] = DATE.exec(apiVersion ?? '') ?? [];
  return before && date !== undefined && date < before.apiVersion ? limitedBy(quirks, before.name) : quirks;
};

/** Those of a model that may be served otherwise than its provider's models are. */
export const quirksOfModel = (
  quirks: Quirks,
  { outputLimit, tokensPerSecondMax }: Pick<ModelServing, 'outputLimit' | 'tokensPerSecondMax'>,
): Quirks => {
  const limited = outputLimit === undefined ? quirks : limitedBy(quirks, outputLimit);
  return tokensPerSecondMax === undefined ? limited : { ...limited, tokensPerSecondMax };
};

/** With this as the one name of an output limit that is honoured, and the one of before among the others. */
const limitedBy = (quirks: Quirks, name: string): Quirks => {
  const { outputLimit, outputLimitSynonyms } = quirks;
  if (name === outputLimit) return quirks;
  const others = outputLimitSynonyms.filter((other) => other !== name);
  return { ...quirks, outputLimit: name, outputLimitSynonyms: [outputLimit, ...others] };
};
