import { Pool, types, type CustomTypesConfig } from 'pg';
import { SILENT, type Log } from './log';

export interface PoolSettings {
  /** Seen in pg_stat_activity as application_name. */
  readonly name: string;
  /** Connections at most; 10 by default. */
  readonly max?: number;
  /** Connections that are kept for whoever comes next, however long nobody does; 1 by default. */
  readonly kept?: number;
  readonly log?: Log;
}

/** After that the server undoes the transaction of a process that stands still: it holds locks that others wait for. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** A start and a burst want many connections, of some megabytes each in the server; what comes later wants few. */
const IDLE_MS = 2_000;

const INT8 = types.builtins.INT8;
const INT8_ARRAY = 1016;
const DATE = types.builtins.DATE;

type Parser = (text: string) => unknown;

const LOCAL_PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [INT8, BigInt],
  [
    INT8_ARRAY,
    (text) =>
      text
        .slice(1, -1)
        .split(',')
        .filter((item) => item !== '')
        .map((item) => (item === 'NULL' ? null : BigInt(item))),
  ],
  // A day is not a moment: the driver would make it midnight in the process's own time zone.
  [DATE, (text) => text],
]);

const TYPES: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && LOCAL_PARSERS.get(oid)) ||
    types.getTypeParser(oid, format as 'text')) as CustomTypesConfig['getTypeParser'],
};

/**
 * A pool whose lost connections are a line in the log and never an uncaught error. Values of int8 come as bigint, of
 * date as `YYYY-MM-DD`; the parsers are the pool's own, so nobody else's change.
 */
export const createPool = (url: string, { name, max = 10, kept = 1, log = SILENT }: PoolSettings): Pool =>
  survivingLosses(
    new Pool({
      connectionString: url,
      application_name: name,
      max,
      types: TYPES,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: IDLE_MS,
      min: kept,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    }),
    log,
  );

/** The pool itself, whose lost connections are no uncaught errors: each is met by the statement that is sent next. */
export const survivingLosses = (pool: Pool, log: Log = SILENT): Pool => {
  // For its whole life: the pool itself does not listen while a connection is taken, and one that is lost in the very
  // turn in which it was taken would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => log.warn({ reason: error.message }, 'an idle database connection was lost'));
  return pool;
};
