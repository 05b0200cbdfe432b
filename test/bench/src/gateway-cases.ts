import { STREAM_CHUNKS } from './stream-shape';

/** Who calls whom: one team's key, or many of them; a provider that speaks OpenAI's language, over TLS, or another one. */
export type Calls = 'plain' | 'no limits' | 'tls' | 'translation' | 'keys' | 'limited keys' | 'provisions';

/** What is asked, and over how many connections at once. */
export interface Case {
  /** By which it is chosen. */
  readonly row: string;
  readonly what: string;
  readonly calls: Calls;
  readonly connections: number;
  readonly promptBytes: number;
  readonly stream: boolean;
  /** Requests that begin in a second, whether or not those before have ended; undefined: as many as are answered. */
  readonly perSecond?: number;
  /** Whether it is asked by a team without limits too. */
  readonly withoutLimits?: boolean;
}

const PACED_PER_SECOND = 1_000;

/** Of the rows of many keys. */
export const MANY_KEYS = 10_000;

const small = (connections: number): Case => ({
  ...{ row: `1kb-${connections}`, what: '1 KB', calls: 'plain', connections },
  ...{ promptBytes: 1_024, stream: false },
});
const large = (connections: number): Case => ({
  ...small(connections),
  ...{ row: `64kb-${connections}`, what: '64 KB', promptBytes: 65_536 },
});
const stream = (connections: number): Case => ({
  ...small(connections),
  ...{ row: `stream-${connections}`, what: `stream of ${STREAM_CHUNKS}`, stream: true },
});
const special = (row: string, what: string, calls: Calls): Case => ({
  ...small(16),
  ...{ row, what: `1 KB, ${what}`, calls },
});

/** With what has the gateway remember much at the end: it does so from then on. */
export const CASES: readonly Case[] = [
  small(1),
  { ...small(16), withoutLimits: true },
  small(64),
  {
    ...small(64),
    ...{ row: 'paced', what: `1 KB, ${PACED_PER_SECOND}/s`, perSecond: PACED_PER_SECOND },
  },
  ...[large(1), large(16), large(64), stream(64), stream(256)],
  special('tls', 'over TLS', 'tls'),
  special('translation', 'to Anthropic', 'translation'),
  special('keys', `${MANY_KEYS} keys`, 'keys'),
  special('limited-keys', `${MANY_KEYS} keys with limits`, 'limited keys'),
  special('provisions', 'a key for each workspace', 'provisions'),
];

export const ROWS: readonly string[] = CASES.map(({ row }) => row);

export const QUICK_ROWS: readonly string[] = ['1kb-16', '64kb-16', 'stream-64'];
