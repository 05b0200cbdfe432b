import type { EventMetadata } from './event';

type Asked = Pick<EventMetadata, 'actor' | 'requestId'>;

/** Whether somebody has asked for it, rather than that it is a step of a service's own. */
export const isAskedFor = ({ actor }: Pick<EventMetadata, 'actor'>): boolean => actor.kind !== 'service';

/**
 * By what a request is known in its stream. A service's own steps have request ids that anybody can foretell: who asks for something
 * under such an id takes it from no step.
 */
export const requestKey = (metadata: Asked): string =>
  `${isAskedFor(metadata) ? 'asked' : 'own'} ${metadata.requestId}`;

/** Whether one is a repetition of the other, as far as their request ids tell. */
export const isSameRequest = (a: Asked, b: Asked): boolean => requestKey(a) === requestKey(b);
