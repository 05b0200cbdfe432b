import type { Tokenizer } from '@gatehouse/offering';
import { outputOfCounted } from '../domain/estimate';
import type { GeneratedText } from '../domain/generated-text';
import type { Ending } from '../domain/settlement';
import type { TokenCounter } from './gateway.ports';

/** What can be counted of an attempt whose usage never came. */
export interface Countable {
  readonly tokenizer: Tokenizer;
  readonly body: Buffer;
  /** The most that the text of the prompt can come to; 0 where the prompt is more than text. */
  readonly textTokens: number;
  /** What the model's server puts around it. */
  readonly templateTokens: number;
  readonly written: GeneratedText;
  readonly ofSchema: boolean;
}

type Estimated = Extract<Ending, { kind: 'estimated' }>;

/** Of an estimate, with its tokens counted where they can be. */
export const countedEnding = async (
  counter: TokenCounter,
  ending: Estimated,
  { tokenizer, body, textTokens, templateTokens, written, ofSchema }: Countable,
): Promise<Ending> => {
  const { beside, floor } = ending;
  const [input, output] = await Promise.all([
    textTokens > 0 && !floor?.inputTokens ? counter.count(tokenizer, body) : undefined,
    beside && counter.count(tokenizer, written.json),
  ]);
  return {
    ...ending,
    ...(input !== undefined && { inputTokens: Math.min(textTokens, input) + templateTokens }),
    ...(beside &&
      output !== undefined && {
        outputTokens: outputOfCounted(
          { tokens: written.tokensOfAll(output), calls: written.calls, ofSchema },
          beside,
        ),
      }),
  };
};
