import * as fc from 'fast-check';
import { SseEvent } from '../streams/sse-event';
import { isEventNamed } from './event-text';

describe('the name of an event', () => {
  const line = fc.constantFrom(
    'event: error',
    'event:error',
    'data: event: error',
    'data: e',
    ': error',
    'event',
    '',
  );
  const ending = fc.constantFrom('\n', '\r\n', '\r');
  const lines = fc.array(fc.tuple(line, ending), { maxLength: 5 });

  it('is what its fields say, whichever line it stands in', () => {
    fc.assert(
      fc.property(fc.boolean(), lines, (bom, written) => {
        const event = Buffer.from((bom ? '\ufeff' : '') + written.map((parts) => parts.join('')).join(''));
        expect(isEventNamed(event, 'error')).toBe(new SseEvent(event).name === 'error');
      }),
      { numRuns: 500 },
    );
  });
});
