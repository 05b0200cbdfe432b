export {
  assertAppendable,
  assertAppendSize,
  eventIdReused,
  MAX_APPEND_BYTES,
  MAX_EVENTS_PER_APPEND,
  MAX_STREAM_LENGTH,
  revisionMismatch,
} from './append-rules';
export { canonicalJson } from './canonical-json';
export { decideAndAppend, decideAndAppendEach, readState } from './decide-and-append';
export type { DecideOptions, Decision, Intended, StreamCommand } from './decide-and-append';
export { BEFORE_FIRST, NO_EVENTS, position, revision } from './event';
export type {
  Actor,
  EventMetadata,
  Json,
  JsonObject,
  NewEvent,
  Position,
  RecordedEvent,
  Revision,
} from './event';
export type { EventCodec, StoredEvent } from './event-codec';
export { EventLanguage } from './event-language';
export type {
  DataOf,
  EventMapping,
  EventMessage,
  EventShape,
  EventShapes,
  ToldEvent,
  TypeIn,
  Upcaster,
} from './event-language';
export { EventStore } from './event-store';
export type {
  AllPage,
  AppendResult,
  ExpectedRevision,
  ReadAllOptions,
  ReadOptions,
  StreamAppend,
  SubscribeOptions,
  SubscriptionBatch,
} from './event-store';
export { followLog } from './follow-log';
export type { FollowOptions } from './follow-log';
export type { StoredAggregate } from './fold-stream';
export { InMemoryEventStore } from './in-memory-event-store';
export { isSameRequest } from './same-request';
export { Streams } from './streams';
export type { Answer, CommandOptions, IdentifiedCommand, Recorded } from './streams';
