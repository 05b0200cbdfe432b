import type { ModelFacts } from '@gatehouse/offering';
import type { typeV1 } from '@gatehouse/proto-gen';
import { fromProtoModelKind, toProtoModelKind } from './kind-messages';

export const toProtoModelFacts = (facts: ModelFacts): typeV1.ModelFacts => ({
  kind: toProtoModelKind(facts.kind),
  contextWindow: facts.contextWindow,
  maxOutputTokens: facts.maxOutputTokens,
  capabilities: [...facts.capabilities],
  listedSince: facts.listedSince,
  withdrawn: facts.withdrawn,
  successor: facts.successor ?? '',
});

/** A kind that this version does not know is `other`. */
export const fromProtoModelFacts = (name: string, message: typeV1.ModelFacts): ModelFacts => ({
  name,
  kind: fromProtoModelKind(message.kind) ?? 'other',
  ...(message.contextWindow !== undefined && { contextWindow: message.contextWindow }),
  ...(message.maxOutputTokens !== undefined && { maxOutputTokens: message.maxOutputTokens }),
  capabilities: message.capabilities,
  listedSince: message.listedSince,
  withdrawn: message.withdrawn,
  ...(message.successor !== '' && { successor: message.successor }),
});
