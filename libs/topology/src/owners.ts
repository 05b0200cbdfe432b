import { factsOf, SERVICE_NAMES, type ServiceName } from './services';
import { STREAM_EVENTS } from './streams';
import { TOPICS } from './topics';

/** The service that alone appends to a stream; undefined for a stream of no known kind. */
export const ownerOfStream = (stream: string): ServiceName | undefined =>
  SERVICE_NAMES.find((name) => factsOf(name).streams.includes(prefixOf(stream)));

/** The service that alone publishes to the topic of this name; undefined for an unknown one. */
export const ownerOfTopic = (topic: string): ServiceName | undefined =>
  SERVICE_NAMES.find((name) => factsOf(name).publishes.some((key) => TOPICS[key].name === topic));

/** Whether events of this type belong in this stream. */
export const belongsIn = (stream: string, type: string): boolean => eventsOf(prefixOf(stream)).includes(type);

const eventsOf = (prefix: string): readonly string[] =>
  Object.hasOwn(STREAM_EVENTS, prefix) ? STREAM_EVENTS[prefix as keyof typeof STREAM_EVENTS] : [];

/** Up to and with the first hyphen: no kind of stream has one in its name. */
const prefixOf = (stream: string): string => stream.slice(0, stream.indexOf('-') + 1);
