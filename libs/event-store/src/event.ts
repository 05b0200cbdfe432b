import type { Brand, EventId, OrganizationId } from '@gatehouse/kernel';

/** An event's opaque, ordered place in the log: compare with `<`, never add. 0 is before the first event. */
export type Position = Brand<bigint, 'Position'>;
/** An event's place in its stream, from 0. */
export type Revision = Brand<bigint, 'Revision'>;

export const position = (value: bigint): Position => value as Position;
export const revision = (value: bigint): Revision => value as Revision;
export const BEFORE_FIRST = position(0n);
/** Of a stream without events, where a revision is told or expected. */
export const NO_EVENTS = revision(-1n);

/** JSON as it is stored: 64-bit integers are decimal strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Who did it. */
export interface Actor {
  readonly kind: 'apiKey' | 'service' | 'operator' | 'invite';
  /** The id of the API key or of the invite, the service's name, or `operator`. */
  readonly id: string;
  /** The network address the command came from, empty where unknown. */
  readonly address: string;
}

export interface EventMetadata {
  readonly organizationId: OrganizationId;
  readonly actor: Actor;
  /** Why, in the caller's words; may be empty. */
  readonly reason: string;
  /** The command's request id: commands are idempotent by it. */
  readonly requestId: string;
  /** The command that decided the event, e.g. `ConnectIntegration`. */
  readonly command: string;
  readonly correlationId: string;
  /** The event or request that caused the command; empty when a caller did. */
  readonly causationId: string;
}

/** An event to be appended. */
export interface NewEvent {
  readonly id: EventId;
  /** Past tense, e.g. `IntegrationConnected`; 1 … 100 characters. */
  readonly type: string;
  /** Version of the data's shape, from 1. */
  readonly version: number;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

/** An event as the log holds it. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  readonly recordedAt: Date;
  /** Who appended it, as the store itself knew: a login role. Undefined where the store cannot tell. */
  readonly writer?: string;
}
