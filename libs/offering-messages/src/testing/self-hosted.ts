import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import { typeV1 } from '@gatehouse/proto-gen';

const row = (own: Partial<typeV1.Quirks> = {}): typeV1.Quirks =>
  typeV1.Quirks.fromPartial({
    outputLimit: 'max_tokens',
    outputLimitSynonyms: OUTPUT_LIMIT_NAMES.filter((name) => name !== 'max_tokens'),
    outputMultipliers: [
      ...['best_of', 'use_beam_search', 'num_beams', 'n_cmpl', 'num_return_sequences', 'candidate_count'],
      ...['candidateCount'],
    ],
    streamOptions: true,
    usagePaths: ['usage'],
    ...own,
  } as typeV1.Quirks);

/**
 * What the catalog says of each kind of server that everybody runs for themselves, as far as the output goes: the registry
 * proves that it says so, the gateway that calls to servers like these cost no more than they are held at. A strict one's
 * own parameters are left out.
 */
export const selfHostedQuirks = (): ReadonlyMap<string, typeV1.Quirks> =>
  new Map([
    ['llama-cpp', row({ usagePaths: ['usage', 'timings'], strict: true })],
    ['lmstudio', row()],
    ['localai', row()],
    ['modal', row({ cancelledBilledInFull: true })],
    ['ollama', row()],
    ['self-hosted', row()],
    ['sglang', row()],
    ['tgi', row()],
    ['vllm', row()],
  ]);
