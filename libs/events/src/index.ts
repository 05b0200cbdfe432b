export { eventIn } from './event-in';
export type { EventIn, StreamPrefix } from './event-in';
export { EVENTS } from './events';
export type { Shapes } from './events';
