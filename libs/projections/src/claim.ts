import type { ReceivedMessage } from '@gatehouse/bus';
import { MAX_STREAM_LENGTH } from '@gatehouse/event-store';
import { belongsIn, ownerOfStream, ownerOfTopic } from '@gatehouse/topology';
import { attribute, sourceOf } from './cloud-event';

/**
 * A message that is not taken for what it says it is. It becomes a dead letter and moves nothing: neither tables nor the
 * revision that is remembered of its stream.
 */
export class RefusedMessage extends Error {}

/** What a message says it is, before its data is read. */
export interface Claim {
  readonly stream: string;
  readonly revision: bigint;
}

/**
 * What the message says it is, held against who may say so on its topic. RefusedMessage where the source is not the
 * topic's owner, the stream is another's or can be in no log, the type does not belong in the stream, or the key is not the stream (it
 * chooses the partition, and with it the order).
 */
export const lawfulClaim = (message: ReceivedMessage): Claim => {
  assertFromOwner(message);
  const stream = said(message, 'ce_subject');
  if (stream.length > MAX_STREAM_LENGTH) refuse(`stream of ${stream.length} characters`);
  if (stream.includes('\0')) refuse('stream with a NUL character');
  const type = said(message, 'ce_type');
  const owner = ownerOfTopic(message.topic);
  if (owner === undefined || ownerOfStream(stream) !== owner) refuse(`stream ${stream} on ${message.topic}`);
  if (!belongsIn(stream, type)) refuse(`${type} in stream ${stream}`);
  if (message.key !== stream) refuse(`key ${message.key} of stream ${stream}`);
  const revision = said(message, 'ce_revision');
  if (!/^\d{1,19}$/.test(revision)) refuse(`revision ${revision}`);
  return { stream, revision: BigInt(revision) };
};

/** RefusedMessage where the source is not the service that alone publishes to the topic. */
export const assertFromOwner = (message: Pick<ReceivedMessage, 'headers' | 'topic'>): void => {
  const owner = ownerOfTopic(message.topic);
  if (owner === undefined) refuse(`topic ${message.topic} is nobody's`);
  const source = said(message, 'ce_source');
  if (source !== sourceOf(owner)) refuse(`source ${source} on ${message.topic}`);
};

const said = (message: Pick<ReceivedMessage, 'headers'>, name: string): string => {
  try {
    return attribute(message, name);
  } catch (error) {
    return refuse(String((error as Error).message));
  }
};

// A declaration and not an arrow, so that the compiler follows its `never`.
function refuse(what: string): never {
  throw new RefusedMessage(`refused: ${what}`.slice(0, 500));
}
