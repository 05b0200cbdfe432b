import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@gatehouse/event-store';
import { budgetEventCodec, STORED_VERSIONS } from './budget-event.codec';

const GOLDEN = join(__dirname, '../../../fixtures/events');

/** Stored events are read for ever: a version that was ever written keeps its golden file. */
describe('golden events', () => {
  it.each(STORED_VERSIONS)('%s is read, and the newest is written as it was', (stored) => {
    const file = join(GOLDEN, `${stored}.json`);
    if (!existsSync(file)) throw new Error(`fixtures/events/${stored}.json is missing`);
    const data = JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
    const [type, version] = stored.split('@') as [string, string];
    const event = budgetEventCodec.decode({ type, version: Number(version), data });
    expect(event.type).toBe(type);
    const written = budgetEventCodec.encode(event);
    if (written.version === Number(version)) expect(written.data).toEqual(data);
  });

  it('has no file that nothing reads', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(STORED_VERSIONS.map((stored) => `${stored}.json`).sort());
  });

  it('refuses a version that nobody knows', () => {
    expect(() => budgetEventCodec.decode({ type: 'HoldExceeded', version: 99, data: {} })).toThrow(
      'HoldExceeded@99',
    );
  });
});
