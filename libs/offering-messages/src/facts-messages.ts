import { type ImageTokens, type ModelFacts, type Tokenizer, TOKENIZERS } from '@gatehouse/offering';
import type { typeV1 } from '@gatehouse/proto-gen';
import { fromProtoModelKind, toProtoModelKind } from './kind-messages';
import { fromProtoModelServing, toProtoModelServing } from './serving-messages';

export const toProtoModelFacts = (facts: ModelFacts): typeV1.ModelFacts => ({
  kind: toProtoModelKind(facts.kind),
  contextWindow: facts.contextWindow,
  maxOutputTokens: facts.maxOutputTokens,
  capabilities: [...facts.capabilities],
  listedSince: facts.listedSince,
  withdrawn: facts.withdrawn,
  successor: facts.successor ?? '',
  imageTokens: facts.imageTokens && toProtoImageTokens(facts.imageTokens),
  tokenizer: facts.tokenizer ?? '',
  serving: facts.serving && toProtoModelServing(facts.serving),
});

/** A kind that this version does not know is `other`; an encoding that it does not know is none. */
export const fromProtoModelFacts = (name: string, message: typeV1.ModelFacts): ModelFacts => {
  const serving = fromProtoModelServing(message.serving);
  return {
    name,
    kind: fromProtoModelKind(message.kind) ?? 'other',
    ...(message.contextWindow !== undefined && { contextWindow: message.contextWindow }),
    ...(message.maxOutputTokens !== undefined && { maxOutputTokens: message.maxOutputTokens }),
    capabilities: message.capabilities,
    listedSince: message.listedSince,
    withdrawn: message.withdrawn,
    ...(message.successor !== '' && { successor: message.successor }),
    ...(message.imageTokens && { imageTokens: fromProtoImageTokens(message.imageTokens) }),
    ...(isTokenizer(message.tokenizer) && { tokenizer: message.tokenizer }),
    ...(serving && { serving }),
  };
};

const isTokenizer = (name: string): name is Tokenizer => TOKENIZERS.some((one) => one === name);

const toProtoImageTokens = ({ base, squareMillitokens, ...squares }: ImageTokens): typeV1.ImageTokens => ({
  ...squares,
  base: BigInt(base),
  squareMillitokens: BigInt(squareMillitokens),
});

const fromProtoImageTokens = ({
  base,
  squareMillitokens,
  squareSide,
  squaresMax,
}: typeV1.ImageTokens): ImageTokens => ({
  base: Number(base),
  squareSide,
  squareMillitokens: Number(squareMillitokens),
  squaresMax,
});
