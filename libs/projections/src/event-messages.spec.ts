import { EVENT_MESSAGES } from '@gatehouse/proto-gen';
import { STREAM_EVENTS } from '@gatehouse/topology';

/** An event without a message stalls the relay; one that is in no kind of stream is refused by every consumer. */
it('every event that a stream may hold has a message, and the other way round', () => {
  expect([...EVENT_MESSAGES.keys()].sort()).toEqual(Object.values(STREAM_EVENTS).flat().sort());
});
