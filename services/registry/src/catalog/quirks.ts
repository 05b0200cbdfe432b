import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import type { Quirks } from '../domain/integration/provider';

/** Whatever makes some server generate more than one answer, or several at a time, beside `n`. */
const OUTPUT_MULTIPLIERS = [
  'best_of',
  'use_beam_search',
  'num_beams',
  'n_cmpl',
  'num_return_sequences',
  'candidate_count',
  'candidateCount',
];

/** Of llama.cpp, which takes every member of a body for a setting of its own. */
const LLAMA_CPP_PARAMETERS = [
  ...[
    'cache_prompt',
    'chat_format',
    'chat_template_kwargs',
    'dry_allowed_length',
    'dry_base',
    'dry_multiplier',
  ],
  ...['dry_penalty_last_n', 'dry_sequence_breakers', 'dynatemp_exponent', 'dynatemp_range', 'grammar'],
  ...[
    'id_slot',
    'ignore_eos',
    'input_extra',
    'input_prefix',
    'input_suffix',
    'json_schema',
    'lora',
    'min_keep',
  ],
  ...['min_p', 'mirostat', 'mirostat_eta', 'mirostat_tau', 'n_discard', 'n_indent', 'n_keep', 'n_probs'],
  ...['parse_tool_calls', 'post_sampling_probs', 'reasoning_format', 'repeat_last_n', 'repeat_penalty'],
  ...['response_fields', 'return_progress', 'return_tokens', 'samplers', 't_max_predict_ms', 'thinking'],
  ...['thinking_forced_open', 'timings_per_token', 'top_k', 'top_n_sigma', 'typical_p', 'xtc_probability'],
  ...['xtc_threshold', 'add_generation_prompt', 'verbose'],
];

/** What its row says of a provider, beside the rest, which is as the dialect has it. */
export type OwnQuirks = Partial<Omit<Quirks, 'outputLimitSynonyms'>>;

/**
 * A server honours one name of the output limit, and which of the others it reads beside it is seldom written down: all
 * of them are kept from it. What multiplies an answer is kept from everybody, too.
 */
export const quirks = ({ outputLimit = 'max_tokens', ...own }: OwnQuirks = {}): Quirks => ({
  outputLimit,
  outputLimitSynonyms: OUTPUT_LIMIT_NAMES.filter((name) => name !== outputLimit),
  outputMultipliers: OUTPUT_MULTIPLIERS,
  streamOptions: true,
  usagePaths: ['usage'],
  cachedInputPaths: [],
  reasoningOutsideOutput: false,
  cancelledBilledInFull: false,
  strict: false,
  parameters: [],
  tokensPerSecondMax: 0,
  ...own,
});

/** Where vendors and servers depart from that. */
export const QUIRKS: Readonly<Record<string, OwnQuirks>> = {
  ai21: { cancelledBilledInFull: true },
  // Models that think refuse the old name; versions of the API from before there were any do not know the new one.
  'azure-openai': {
    outputLimit: 'max_completion_tokens',
    outputLimitBefore: { apiVersion: '2024-09-01', name: 'max_tokens' },
  },
  bedrock: { cancelledBilledInFull: true },
  cerebras: { outputLimit: 'max_completion_tokens', tokensPerSecondMax: 4_000 },
  deepseek: { cachedInputPaths: ['prompt_cache_hit_tokens'] },
  'featherless-ai': { cancelledBilledInFull: true },
  google: { cancelledBilledInFull: true },
  groq: {
    outputLimit: 'max_completion_tokens',
    usagePaths: ['usage', 'x_groq.usage'],
    cancelledBilledInFull: true,
    tokensPerSecondMax: 2_000,
  },
  huggingface: { cachedInputPaths: ['cached_tokens'], cancelledBilledInFull: true },
  lepton: { cancelledBilledInFull: true },
  // Its own timings stand in every answer, also where usage does not.
  'llama-cpp': { usagePaths: ['usage', 'timings'], strict: true, parameters: LLAMA_CPP_PARAMETERS },
  minimax: { cancelledBilledInFull: true },
  // It refuses what it does not know, stream_options among it, and tells the usage unasked.
  'mistral-ai': {
    streamOptions: false,
    cachedInputPaths: ['num_cached_tokens'],
    cancelledBilledInFull: true,
  },
  modal: { cancelledBilledInFull: true },
  moonshot: { usagePaths: ['usage', 'choices.0.usage'], cachedInputPaths: ['cached_tokens'] },
  openai: { outputLimit: 'max_completion_tokens' },
  // Whoever it has chosen may go on to the end.
  openrouter: { cancelledBilledInFull: true },
  // Its total leaves reasoning out, too.
  'perplexity-ai': { streamOptions: false, reasoningOutsideOutput: true, cancelledBilledInFull: true },
  replicate: { cancelledBilledInFull: true },
  sambanova: { cancelledBilledInFull: true, tokensPerSecondMax: 2_000 },
  'together-ai': { cachedInputPaths: ['cached_tokens'] },
  'vertex-ai': { cancelledBilledInFull: true },
  'x-ai': { outputLimit: 'max_completion_tokens', reasoningOutsideOutput: true },
};
