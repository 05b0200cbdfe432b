import type { ModelKind } from '@gatehouse/offering';
import { typeV1 } from '@gatehouse/proto-gen';

const MODEL_KIND: Readonly<Record<ModelKind, typeV1.ModelKind>> = {
  chat: typeV1.ModelKind.CHAT,
  completion: typeV1.ModelKind.COMPLETION,
  embedding: typeV1.ModelKind.EMBEDDING,
  image: typeV1.ModelKind.IMAGE,
  speech: typeV1.ModelKind.SPEECH,
  transcription: typeV1.ModelKind.TRANSCRIPTION,
  video: typeV1.ModelKind.VIDEO,
  rerank: typeV1.ModelKind.RERANK,
  moderation: typeV1.ModelKind.MODERATION,
  other: typeV1.ModelKind.OTHER,
};

const KINDS = new Map(Object.entries(MODEL_KIND).map(([kind, message]) => [message, kind as ModelKind]));

export const toProtoModelKind = (kind: ModelKind): typeV1.ModelKind => MODEL_KIND[kind];

/** Undefined where none is said, or one that this version does not know. */
export const fromProtoModelKind = (message: typeV1.ModelKind): ModelKind | undefined => KINDS.get(message);
