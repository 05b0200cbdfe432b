import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../event';
import type { EventCodec, StoredEvent } from '../event-codec';
import type { EventLanguage, EventShapes } from '../event-language';

type AnyLanguage = Pick<
  EventLanguage<EventShapes>,
  'newestVersion' | 'upcast' | 'read' | 'toBytes' | 'fromBytes'
>;
type AnyCodec = EventCodec<{ readonly type: string }>;

export interface GoldenEvents {
  readonly language: AnyLanguage;
  /** Of all that the service records. */
  readonly codecs: readonly AnyCodec[];
  /** Where `<type>@<version>.json` are: data as it was stored, and beside an older version `….upcast.json`, its newest. */
  readonly directory: string;
}

/**
 * What a service once stored, it reads for ever: of every type and version there is a golden file, and it is read and
 * upcast to the letter.
 */
export const goldenEventsContract = ({ language, codecs, directory }: GoldenEvents): void => {
  const golden = codecs.flatMap((codec) =>
    codec.types.flatMap((type) => storedVersions(language, codec, type)),
  );
  const dataIn = (file: string): JsonObject =>
    JSON.parse(readFileSync(join(directory, file), 'utf8')) as JsonObject;

  describe('golden events', () => {
    it('are there for every version that was ever stored, and for no other', () => {
      expect(readdirSync(directory).sort()).toEqual(golden.flatMap(({ files }) => files).sort());
    });

    it.each(golden)('$key is what it always was', ({ key, codec, type, version, files }) => {
      const [stored, upcast] = [dataIn(`${key}.json`), dataIn(files.at(-1) as string)];
      checkGoldenEvent({ language, codec }, { type, version, data: stored }, upcast);
      expect(codec.decode({ type, version, data: stored })).toMatchSnapshot();
    });

    it.each(golden.filter(({ version, newest }) => version === newest))(
      'of a $type that is newer than this program are not guessed at',
      ({ codec, type, newest }) => {
        const unknown = { type, version: newest + 1, data: {} };
        expect(() => codec.decode(unknown)).toThrow(`${type}@${newest + 1}`);
        expect(() => language.read(unknown)).toThrow(`${type}@${newest + 1}`);
      },
    );
  });
};

/** Throws unless the stored event is upcast, read, written and told to the letter, as the newest data has it. */
export const checkGoldenEvent = (
  { language, codec }: { readonly language: AnyLanguage; readonly codec: AnyCodec },
  stored: StoredEvent,
  newest: JsonObject,
): void => {
  const expected = { type: stored.type, version: language.newestVersion(stored.type), data: newest };
  expect(language.upcast(stored)).toStrictEqual(expected);
  expect(codec.encode(codec.decode(stored))).toStrictEqual(expected);
  // On the bus an event travels in the version that was stored.
  for (const { type, data } of [stored, expected]) {
    expect(language.fromBytes(type, language.toBytes({ type, data }))).toStrictEqual(data);
  }
};

const storedVersions = (language: AnyLanguage, codec: AnyCodec, type: string) => {
  const newest = language.newestVersion(type);
  return Array.from({ length: newest }, (_, index) => {
    const version = index + 1;
    const key = `${type}@${version}`;
    const files = version === newest ? [`${key}.json`] : [`${key}.json`, `${key}.upcast.json`];
    return { key, codec, type, version, newest, files };
  });
};
