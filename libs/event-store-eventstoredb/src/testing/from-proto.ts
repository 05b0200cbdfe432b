import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb';
import type {
  AppendReq,
  BatchAppendReq,
  DeleteReq,
  ReadReq,
  TombstoneReq,
} from '@eventstore/db-client/generated/streams_pb';
import type { Expected, ProposedEvent } from './server-log';

export const fromProtoStreamIdentifier = (identifier: StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

export const fromProtoExpected = (
  options: AppendReq.Options | DeleteReq.Options | TombstoneReq.Options,
): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'noStream';
  if (options.hasStreamExists()) return 'streamExists';
  return BigInt(options.getRevision());
};

export const fromProtoBatchExpected = (options: BatchAppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'noStream';
  if (options.hasStreamExists()) return 'streamExists';
  return BigInt(options.getStreamPosition());
};

export const fromProtoProposedMessage = (
  message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage,
): ProposedEvent => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

/** From where, exclusively for subscriptions, inclusively for reads. */
export const fromProtoAllOptions = (
  options: ReadReq.Options.AllOptions | undefined,
): bigint | 'start' | 'end' => {
  const position = options?.getPosition();
  if (position) return BigInt(position.getCommitPosition());
  return options?.hasEnd() ? 'end' : 'start';
};

export const fromProtoStreamOptions = (options: ReadReq.Options.StreamOptions): bigint | 'start' | 'end' => {
  if (options.hasStart()) return 'start';
  if (options.hasEnd()) return 'end';
  return BigInt(options.getRevision());
};
