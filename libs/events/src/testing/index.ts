export { goldenEventsOf } from './golden-events-of';
export type { ServiceEvents } from './golden-events-of';
