import type { EventCodec, JsonObject } from '@gatehouse/event-store';

interface Versioned {
  readonly type: string;
  readonly version: number;
}

/** How the newest version of each type is written. */
export type Encoders<E extends Versioned> = {
  readonly [T in E['type']]: (event: Extract<E, { readonly type: T }>) => unknown;
};

/** How each stored version is read: a version once stored keeps its entry, which answers the newest, for ever. */
export type Upcasters<E extends Versioned> = {
  readonly [T in E as `${T['type']}@${T['version']}`]: (data: JsonObject) => E;
} & Readonly<Record<`${string}@${number}`, (data: JsonObject) => E>>;

/** A codec that knows which versions it can read, so that a test can demand a golden file of each. */
export interface GoldenCodec<E extends { readonly type: string }> extends EventCodec<E> {
  readonly storedVersions: readonly string[];
}

export const eventCodec = <E extends Versioned>(
  encoders: Encoders<E>,
  upcasters: Upcasters<E>,
): GoldenCodec<E> => {
  const byVersion = new Map(Object.entries(upcasters));
  return {
    storedVersions: [...byVersion.keys()],
    encode: (event) => {
      const encode = encoders[event.type as E['type']] as (event: E) => unknown;
      return { type: event.type, version: event.version, data: encode(event) as JsonObject };
    },
    decode: ({ type, version, data }) => {
      const upcast = byVersion.get(`${type}@${version}`);
      if (!upcast) throw new Error(`${type}@${version} is not an event of this stream`);
      return upcast(data);
    },
  };
};
