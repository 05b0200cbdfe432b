import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@gatehouse/event-store';
import { EVENT_MESSAGES } from '@gatehouse/proto-gen';
import { integrationCodec, integrationUpcasters } from './integration/integration.codec';
import { slugCodec, slugUpcasters } from './slug/slug.codec';

const DIRECTORY = join(__dirname, '../../fixtures/events');
const stored = (key: string): JsonObject =>
  JSON.parse(readFileSync(join(DIRECTORY, `${key}.json`), 'utf8')) as JsonObject;

const decode = (key: string): object => {
  const [type = '', version] = key.split('@');
  const event = { type, version: Number(version), data: stored(key) };
  return key in slugUpcasters ? slugCodec.decode(event) : integrationCodec.decode(event);
};

const keys = [...Object.keys(integrationUpcasters), ...Object.keys(slugUpcasters)];

describe('golden events', () => {
  test('every stored version has its file, and every file its version', () => {
    expect(readdirSync(DIRECTORY).sort()).toEqual(keys.map((key) => `${key}.json`).sort());
  });

  test.each(keys)('%s decodes as it always did', (key) => {
    expect(decode(key)).toMatchSnapshot();
  });

  test.each(Object.keys(integrationUpcasters))('%s is what is written today', (key) => {
    const event = integrationCodec.decode({ type: key.split('@')[0] ?? '', version: 1, data: stored(key) });
    expect(integrationCodec.encode(event)).toEqual({ type: event.type, version: 1, data: stored(key) });
  });

  test.each(Object.keys(slugUpcasters))('%s is what is written today', (key) => {
    const event = slugCodec.decode({ type: key.split('@')[0] ?? '', version: 1, data: stored(key) });
    expect(slugCodec.encode(event)).toEqual({ type: event.type, version: 1, data: stored(key) });
  });

  test.each(keys)('%s travels on the bus under its name', (key) => {
    expect(EVENT_MESSAGES.has(key.split('@')[0] ?? '')).toBe(true);
  });

  test('an unknown version is refused', () => {
    expect(() => integrationCodec.decode({ type: 'IntegrationDeleted', version: 2, data: {} })).toThrow();
    expect(() => slugCodec.decode({ type: 'IntegrationDeleted', version: 1, data: {} })).toThrow();
  });
});
