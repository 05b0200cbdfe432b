import type { BusMessage } from '@gatehouse/bus';
import {
  position,
  revision,
  type Actor,
  type EventMetadata,
  type JsonObject,
  type RecordedEvent,
} from '@gatehouse/event-store';
import { EVENTS } from '@gatehouse/events';
import type { EventId, OrganizationId } from '@gatehouse/kernel';

const SPEC_VERSION = '1.0';
const PROTOBUF = 'application/protobuf';
const JSON_TYPE = 'application/json';
const PACKAGE = 'gatehouse.events.v1';
const ACTOR_KINDS: Readonly<Record<Actor['kind'], true>> = {
  apiKey: true,
  service: true,
  operator: true,
  invite: true,
};

/** How a service is named as the source of events. */
export const sourceOf = (service: string): string => `/gatehouse/${service}`;

/**
 * An event as a CloudEvent in Kafka's binary mode: the data is its protobuf message, all else is in headers. Nothing is
 * lost: `fromBusMessage` gives the recorded event back. Throws on an event type that has no message.
 *
 * `source` names the service, e.g. `/gatehouse/registry`.
 */
export const toBusMessage = (event: RecordedEvent, source: string): BusMessage => ({
  key: event.stream,
  headers: headersOf(event, source, PROTOBUF),
  value: EVENTS.toBytes(event),
});

/** The same with the data as JSON, for events that the published language may not know. */
export const toJsonMessage = (event: RecordedEvent, source: string): BusMessage => ({
  key: event.stream,
  headers: headersOf(event, source, JSON_TYPE),
  value: Buffer.from(JSON.stringify(event.data)),
});

/** An attribute of a CloudEvent as it was before it was spelled for the wire. Throws where it is absent. */
export const attribute = ({ headers }: Pick<BusMessage, 'headers'>, name: string): string => {
  const text = headers[name];
  if (text === undefined) throw new Error(`no header ${name}`);
  return decodeURIComponent(text);
};

/** The recorded event that was published, its data as the stored JSON. Throws on what is not one. */
export const fromBusMessage = ({ headers, value }: Pick<BusMessage, 'headers' | 'value'>): RecordedEvent => {
  const header = (name: string): string => attribute({ headers }, name);
  if (header('ce_specversion') !== SPEC_VERSION) throw new Error('not a CloudEvent 1.0');
  const recordedAt = new Date(header('ce_time'));
  if (Number.isNaN(recordedAt.getTime())) throw new Error('ce_time is not a time');
  const version = Number(header('ce_dataversion'));
  if (!Number.isSafeInteger(version) || version < 1) throw new Error('ce_dataversion is not a version');
  const type = header('ce_type');
  return {
    id: header('ce_id') as EventId,
    type,
    version,
    data: dataOf(type, header('content-type'), value),
    metadata: metadataOf(header),
    stream: header('ce_subject'),
    revision: revision(BigInt(header('ce_revision'))),
    position: position(BigInt(header('ce_position'))),
    recordedAt,
  };
};

const metadataOf = (header: (name: string) => string): EventMetadata => {
  const kind = header('ce_actorkind');
  if (!Object.hasOwn(ACTOR_KINDS, kind)) throw new Error('ce_actorkind is not an actor');
  return {
    organizationId: header('ce_organization') as OrganizationId,
    actor: { kind: kind as Actor['kind'], id: header('ce_actorid'), address: header('ce_actoraddress') },
    reason: header('ce_reason'),
    requestId: header('ce_requestid'),
    command: header('ce_command'),
    correlationId: header('ce_correlationid'),
    causationId: header('ce_causationid'),
  };
};

const dataOf = (type: string, contentType: string, value: Uint8Array): JsonObject => {
  if (contentType === JSON_TYPE) return JSON.parse(Buffer.from(value).toString('utf8')) as JsonObject;
  if (contentType !== PROTOBUF) throw new Error(`content-type ${contentType}`);
  return EVENTS.fromBytes(type, value);
};

const headersOf = (event: RecordedEvent, source: string, contentType: string): Record<string, string> => {
  const { metadata } = event;
  const attributes = {
    ce_specversion: SPEC_VERSION,
    ce_id: event.id,
    ce_type: event.type,
    ce_source: source,
    ce_subject: event.stream,
    ce_time: event.recordedAt.toISOString(),
    ce_dataschema: `${PACKAGE}.${event.type}`,
    ce_partitionkey: event.stream,
    ce_revision: String(event.revision),
    ce_position: String(event.position),
    ce_dataversion: String(event.version),
    ce_organization: metadata.organizationId,
    ce_actorkind: metadata.actor.kind,
    ce_actorid: metadata.actor.id,
    ce_actoraddress: metadata.actor.address,
    ce_reason: metadata.reason,
    ce_requestid: metadata.requestId,
    ce_command: metadata.command,
    ce_correlationid: metadata.correlationId,
    ce_causationid: metadata.causationId,
  };
  return {
    'content-type': contentType,
    ...Object.fromEntries(Object.entries(attributes).map(([name, text]) => [name, percentEncoded(text)])),
  };
};

/** As the CloudEvents HTTP binding spells attributes: all but printable ASCII, and of that the quote and the percent. */
const percentEncoded = (text: string): string =>
  text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\x21-\x7e]|["%]/g, (char) =>
    // Half a surrogate pair has no bytes; it travels as the replacement character.
    /^[\ud800-\udfff]$/.test(char) ? '%EF%BF%BD' : encodeURIComponent(char),
  );
