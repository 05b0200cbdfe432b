import {
  BadRequest,
  MaximumAppendSizeExceeded,
  StreamDeleted,
  Timeout,
  type UUID,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { type BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { fromProtoBatchExpected, fromProtoProposedMessage, fromProtoStreamIdentifier } from './from-proto';
import type { ServedLog } from './served-log';
import { type AppendOutcome, type Expected, MAX_APPEND_SIZE, type ProposedEvent } from './server-log';
import { toProtoAllStreamPosition, toProtoStreamIdentifier } from './to-proto';

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** What the server refuses at once it answers again when the write should have been done. */
const COMMIT_TIMEOUT_MS = 2_000;

interface Pending {
  readonly options: BatchAppendReq.Options;
  readonly events: ProposedEvent[];
}

/**
 * BatchAppend: one stream for all appends of a client, told apart by correlation ids. The adapter never uses it, and
 * here it is to show why.
 */
export const serveBatchAppend =
  (served: ServedLog): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  (call) => {
    served.counts.batchAppend++;
    const pending = new Map<string, Pending>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId()?.getString() ?? '';
      const options = request.getOptions();
      const append = options ? { options, events: [] } : pending.get(id);
      if (!append) return;
      pending.set(id, append);
      append.events.push(...request.getProposedMessagesList().map(fromProtoProposedMessage));
      if (!request.getIsFinal()) return;
      pending.delete(id);
      void answer(served, call, request.getCorrelationId(), append);
    });
  };

const answer = async (
  served: ServedLog,
  call: Call,
  correlationId: UUID | undefined,
  { options, events }: Pending,
): Promise<void> => {
  await served.faults.untilAwake();
  const stream = fromProtoStreamIdentifier(options.getStreamIdentifier());
  const expected = fromProtoBatchExpected(options);
  const outcome = served.log.append(stream, expected, events);
  if (served.faults.losesAnswer()) return served.cut(call.getPeer());
  const send = (content: BatchAppendResp): void => {
    if (call.cancelled) return;
    call.write(content.setCorrelationId(correlationId).setStreamIdentifier(toProtoStreamIdentifier(stream)));
  };
  send(toProtoBatchAnswer(outcome, stream, expected));
  if (served.faults.doublesAnswer()) send(toProtoBatchAnswer(outcome, stream, expected));
  if (outcome.kind === 'unknown') {
    setTimeout(() => send(failed('Timeout', new Timeout().serializeBinary())), COMMIT_TIMEOUT_MS).unref();
  }
};

const toProtoBatchAnswer = (outcome: AppendOutcome, stream: string, expected: Expected): BatchAppendResp => {
  switch (outcome.kind) {
    case 'done': {
      const success = new BatchAppendResp.Success()
        .setCurrentRevision(String(outcome.revision))
        .setPosition(toProtoAllStreamPosition(outcome.position));
      return new BatchAppendResp().setSuccess(success);
    }
    case 'nothing': {
      const success = new BatchAppendResp.Success().setNoStream(new Empty()).setNoPosition(new Empty());
      return new BatchAppendResp().setSuccess(success);
    }
    case 'wrongExpectedVersion':
      return failed('WrongExpectedVersion', wrongVersion(expected, outcome.actual).serializeBinary());
    case 'streamDeleted': {
      const deleted = new StreamDeleted().setStreamIdentifier(toProtoStreamIdentifier(stream));
      return failed('StreamDeleted', deleted.serializeBinary());
    }
    case 'tooLarge': {
      const exceeded = new MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_SIZE);
      return failed('MaximumAppendSizeExceeded', exceeded.serializeBinary());
    }
    case 'unknown':
      return failed('BadRequest', new BadRequest().setMessage(outcome.message).serializeBinary());
  }
};

const wrongVersion = (expected: Expected, actual: bigint | undefined): WrongExpectedVersion => {
  const wrong = new WrongExpectedVersion();
  if (actual === undefined) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentStreamRevision(String(actual));
  if (expected === 'any') wrong.setExpectedAny(new Empty());
  else if (expected === 'streamExists') wrong.setExpectedStreamExists(new Empty());
  else if (expected === 'noStream') wrong.setExpectedNoStream(new Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return wrong;
};

const failed = (name: string, details: Uint8Array): BatchAppendResp => {
  const any = new Any();
  any.pack(details, `event_store.client.${name}`);
  return new BatchAppendResp().setError(new Status().setMessage(name).setDetails(any));
};
