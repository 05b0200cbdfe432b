import type {
  AppendReq,
  AppendResp,
  DeleteReq,
  DeleteResp as DeleteAnswer,
  TombstoneReq,
  TombstoneResp as TombstoneAnswer,
} from '@eventstore/db-client/generated/streams_pb';
import { DeleteResp, TombstoneResp } from '@eventstore/db-client/generated/streams_pb';
import type {
  handleClientStreamingCall,
  handleUnaryCall,
  sendUnaryData,
  ServerReadableStream,
  ServiceError,
} from '@grpc/grpc-js';
import { fromProtoExpected, fromProtoProposedMessage, fromProtoStreamIdentifier } from './from-proto';
import type { ServedLog } from './served-log';
import type { AppendOutcome, Expected, ProposedEvent } from './server-log';
import { toProtoAppended, toProtoNothingAppended, toProtoWrongExpectedVersion } from './to-proto';
import {
  commitTimeout,
  maxAppendSizeExceeded,
  streamDeleted,
  unknown,
  wrongExpectedVersion,
} from './wire-errors';

/** Append, the plain path: a call of its own for each, the options first and then one message for each event. */
export const serveAppend =
  (served: ServedLog): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call, callback) => {
    let options: AppendReq.Options | undefined;
    const events: ProposedEvent[] = [];
    call.on('data', (request: AppendReq) => {
      const message = request.getProposedMessage();
      if (message) events.push(fromProtoProposedMessage(message));
      else options = request.getOptions();
      if (!message && served.faults.diesAt('receiving')) served.die();
    });
    // A client that is gone before the end has appended nothing.
    call.on('error', () => undefined);
    call.on('end', () => void answerAppend(served, call, options, events, callback));
  };

const answerAppend = async (
  served: ServedLog,
  call: ServerReadableStream<AppendReq, AppendResp>,
  options: AppendReq.Options | undefined,
  events: readonly ProposedEvent[],
  callback: sendUnaryData<AppendResp>,
): Promise<void> => {
  // It has died while the events came in.
  if (!served.alive) return;
  served.counts.append++;
  await served.faults.untilAwake();
  if (!options || call.cancelled) return callback(unknown('Exception was thrown by handler.'));
  const stream = fromProtoStreamIdentifier(options.getStreamIdentifier());
  const expected = fromProtoExpected(options);
  const ids = events.map(({ id }) => id);
  if (await served.replication.drops(ids)) {
    served.counts.dropped++;
    return callback(commitTimeout());
  }
  const outcome = served.log.append(stream, expected, events);
  if (outcome.kind === 'done') await served.replication.replicate(ids);
  if (served.faults.losesAnswer()) return served.cut(call.getPeer());
  if (served.faults.diesAt('written')) return served.die();
  await served.faults.untilAwake();
  answerWith(outcome, stream, expected, callback);
};

const answerWith = (
  outcome: AppendOutcome,
  stream: string,
  expected: Expected,
  callback: sendUnaryData<AppendResp>,
): void => {
  switch (outcome.kind) {
    case 'done':
      return callback(null, toProtoAppended(outcome.revision, outcome.position));
    case 'nothing':
      return callback(null, toProtoNothingAppended());
    case 'wrongExpectedVersion':
      return callback(null, toProtoWrongExpectedVersion(expected, outcome.actual));
    case 'streamDeleted':
      return callback(streamDeleted(stream));
    case 'tooLarge':
      return callback(maxAppendSizeExceeded());
    case 'unknown':
      return callback(unknown(outcome.message));
  }
};

export const serveDelete =
  (served: ServedLog): handleUnaryCall<DeleteReq, DeleteAnswer> =>
  ({ request }, callback) => {
    const options = request.getOptions() as DeleteReq.Options;
    const stream = fromProtoStreamIdentifier(options.getStreamIdentifier());
    const outcome = served.log.delete(stream, fromProtoExpected(options));
    if (outcome.kind !== 'done') return callback(deleteError(outcome, stream, fromProtoExpected(options)));
    const position = new DeleteResp.Position()
      .setCommitPosition(String(outcome.position))
      .setPreparePosition(String(outcome.position));
    callback(null, new DeleteResp().setPosition(position));
  };

export const serveTombstone =
  (served: ServedLog): handleUnaryCall<TombstoneReq, TombstoneAnswer> =>
  ({ request }, callback) => {
    const options = request.getOptions() as TombstoneReq.Options;
    const stream = fromProtoStreamIdentifier(options.getStreamIdentifier());
    const outcome = served.log.tombstone(stream, fromProtoExpected(options));
    if (outcome.kind !== 'done') return callback(deleteError(outcome, stream, fromProtoExpected(options)));
    const position = new TombstoneResp.Position()
      .setCommitPosition(String(outcome.position))
      .setPreparePosition(String(outcome.position));
    callback(null, new TombstoneResp().setPosition(position));
  };

const deleteError = (outcome: AppendOutcome, stream: string, expected: Expected): ServiceError => {
  if (outcome.kind === 'streamDeleted') return streamDeleted(stream);
  if (outcome.kind === 'wrongExpectedVersion')
    return wrongExpectedVersion(stream, expectedNumber(expected), outcome.actual);
  return unknown(outcome.kind);
};

/** As the server writes what is no revision. */
const expectedNumber = (expected: Expected): string => {
  if (expected === 'any') return '-2';
  if (expected === 'noStream') return '-1';
  return expected === 'streamExists' ? '-4' : String(expected);
};
