import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { fromProtoAllOptions, fromProtoStreamIdentifier, fromProtoStreamOptions } from './from-proto';
import type { ServedLog } from './served-log';
import type { LoggedEvent, ServerLog } from './server-log';
import { serveSubscription } from './subscription-call';
import { toProtoReadEvent, toProtoStreamNotFound } from './to-proto';
import { invalidPosition, streamDeleted, unimplemented } from './wire-errors';
import { WireWriter } from './wire-writer';

type Call = ServerWritableStream<ReadReq, ReadResp>;
type Options = ReadReq.Options;

/** Read: of a stream or of `$all`, forwards or backwards, and subscriptions to `$all`. */
export const serveRead =
  (served: ServedLog): handleServerStreamingCall<ReadReq, ReadResp> =>
  (call) => {
    call.on('error', () => undefined);
    void answerRead(served, call);
  };

const answerRead = async (served: ServedLog, call: Call): Promise<void> => {
  const options = call.request.getOptions() as Options;
  const writer = new WireWriter(call, served.faults);
  if (options.hasSubscription()) {
    served.counts.subscription++;
    if (options.hasAll()) return serveSubscription(served, call, options, writer);
    return writer.fail(unimplemented('subscription to a stream'));
  }
  served.counts.read++;
  await served.faults.untilAwake();
  if (options.hasAll()) return readAll(served.log, options, writer);
  return readStream(served.log, options, writer);
};

const readStream = async (log: ServerLog, options: Options, writer: WireWriter): Promise<void> => {
  const of = options.getStream() as ReadReq.Options.StreamOptions;
  const stream = fromProtoStreamIdentifier(of.getStreamIdentifier());
  const read = log.readStream(stream, {
    direction: directionOf(options),
    from: fromProtoStreamOptions(of),
    count: Number(options.getCount()),
  });
  if (read.kind === 'streamDeleted') return writer.fail(streamDeleted(stream));
  if (read.kind === 'notFound') await writer.write(toProtoStreamNotFound(stream));
  else for (const event of read.events) await writer.write(toProtoReadEvent(event));
  writer.end();
};

/** The position is inclusive. */
const readAll = async (log: ServerLog, options: Options, writer: WireWriter): Promise<void> => {
  const from = fromProtoAllOptions(options.getAll());
  const index = from === 'start' ? 0 : from === 'end' ? log.events.length : log.indexOf(from);
  if (index === undefined) return writer.fail(invalidPosition());
  const count = Number(options.getCount());
  for (const event of page(log.events, index, count, directionOf(options)))
    await writer.write(toProtoReadEvent(event));
  writer.end();
};

const page = (
  events: readonly LoggedEvent[],
  index: number,
  count: number,
  direction: 'forwards' | 'backwards',
): readonly LoggedEvent[] => {
  if (direction === 'forwards') return events.slice(index, index + count);
  const end = Math.min(index + 1, events.length);
  return events.slice(Math.max(0, end - count), end).reverse();
};

const directionOf = (options: Options): 'forwards' | 'backwards' =>
  options.getReadDirection() === 0 ? 'forwards' : 'backwards';
