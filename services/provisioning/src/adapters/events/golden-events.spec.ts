import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@gatehouse/event-store';
import { OWN_CODECS } from './own-events';

const GOLDEN = join(__dirname, '../../../fixtures/events');
const stored = Object.values(OWN_CODECS).flatMap((codec) =>
  codec.storedVersions.map((version) => ({ codec, version, file: join(GOLDEN, `${version}.json`) })),
);

/** Stored events are read for ever: a version that was ever written keeps its golden file. */
describe('golden events', () => {
  it.each(stored)('$version is read, and the newest is written as it was', ({ codec, version, file }) => {
    if (!existsSync(file)) throw new Error(`fixtures/events/${version}.json is missing`);
    const data = JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
    const [type, number] = version.split('@') as [string, string];
    const event = codec.decode({ type, version: Number(number), data });
    const written = codec.encode(event);
    expect(written.type).toBe(type);
    if (written.version === Number(number)) expect(written.data).toEqual(data);
  });

  it('has no file that nothing reads', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(stored.map(({ version }) => `${version}.json`).sort());
  });

  it('refuses a version that nobody knows', () => {
    const { codec } = stored[0] as (typeof stored)[number];
    expect(() => codec.decode({ type: 'OrganizationCreated', version: 99, data: {} })).toThrow(
      'OrganizationCreated@99',
    );
  });
});
