import { assertAppendable, BEFORE_FIRST, EventStore, followLog } from '@gatehouse/event-store';
import { position, revision } from '@gatehouse/event-store';
import type {
  AllPage,
  AppendResult,
  ExpectedRevision,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadOptions,
  RecordedEvent,
  StreamAppend,
  SubscribeOptions,
  SubscriptionBatch,
} from '@gatehouse/event-store';
import { AppError, Signal } from '@gatehouse/kernel';
import { createPool, isConnectionFault, isTransient } from '@gatehouse/postgres';
import { DatabaseError, type Pool, type QueryArrayConfig } from 'pg';
import { appendEachStatement, appendStatement, fromAppendError } from './append-statement';
import { AS_TEXT, EVENT_COLUMNS, type EventRow, fromRowEvent } from './event-row';
import { CHANNEL, GrowthListener } from './growth-listener';
import { textArray } from './text-array';
import { CHAIN_COLUMNS, type ChainRange, type ChainReport, type ChainRow, verifyChain } from './verify-chain';

export interface PostgresEventStoreOptions {
  /** How long a subscription trusts a silent channel before it looks by itself; 1000 by default. */
  readonly pollMs?: number;
  /** Events per batch of a subscription at most; 500 by default. */
  readonly batchSize?: number;
  /** The channel to listen on, where it is not the one that event_store.append notifies. */
  readonly channel?: string;
}

/** Positions that one filtered page looks at, so that a rare prefix does not make one statement scan the whole log. */
const WINDOW = 20_000n;
/** Data of one page, in bytes; the event that exceeds it is the last. Whoever follows the log holds a page, several times over. */
const PAGE_BYTES = 4 * 1_048_576;
/** Events of a stream that are read at once at most. */
const PART = 200;
const RETRY_MS = 50;
const TEXT_ROWS = { rowMode: 'array', types: AS_TEXT } as const;

/**
 * The log in Postgres: positions are dense from 1 (see the migrations for why nothing is missed). The
 * pool's role needs `gatehouse_event_store_user`, and appends what `libs/topology` gives it: all else is
 * FORBIDDEN `APPEND_NOT_YOURS`. A server that is away is UNAVAILABLE `EVENT_STORE_UNAVAILABLE`.
 */
export class PostgresEventStore extends EventStore {
  private readonly grown = new Signal();
  private readonly closing = new AbortController();
  private readonly listener: GrowthListener;
  private readonly follow: { pollMs: number; batchSize: number; retryMs: number };

  /** The pool stays the caller's: close() does not end it. */
  constructor(
    protected readonly pool: Pool,
    options: PostgresEventStoreOptions = {},
  ) {
    super();
    // Without a listener the loss of an idle connection would end the process; the next query says UNAVAILABLE.
    if (!pool.listeners('error').includes(ignore)) pool.on('error', ignore);
    this.listener = new GrowthListener(pool, options.channel ?? CHANNEL, this.grown);
    this.follow = { pollMs: options.pollMs ?? 1_000, batchSize: options.batchSize ?? 500, retryMs: RETRY_MS };
  }

  /** A store with a pool of its own, which close() ends. */
  static connect(
    connectionString: string,
    options: PostgresEventStoreOptions & { readonly connectionsMax?: number } = {},
  ): PostgresEventStore {
    const pool = createPool(connectionString, {
      name: 'gatehouse-event-store',
      max: options.connectionsMax ?? 10,
    });
    return new OwningEventStore(pool, options);
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    assertAppendable(stream, events, expected);
    const statement = appendStatement(stream, events, expected);
    try {
      const [row] = await this.query<[revision: string, position: string]>(statement);
      if (!row) throw new Error('event_store.append answered nothing');
      return { revision: revision(BigInt(row[0])), position: position(BigInt(row[1])) };
    } catch (error) {
      throw fromAppendError(error);
    }
  }

  /** In one transaction, as long as nothing is refused: then each is appended by itself. */
  override async appendEach(
    appends: readonly StreamAppend[],
  ): Promise<readonly PromiseSettledResult<AppendResult>[]> {
    const answers: PromiseSettledResult<AppendResult>[] = [];
    for (const some of inTransactions(appends)) {
      const appended = some.length === 1 ? undefined : await this.appendTogether(some);
      answers.push(...(appended ?? (await super.appendEach(some))));
    }
    return answers;
  }

  override async *readGroups(
    streams: readonly string[],
  ): AsyncGenerator<ReadonlyMap<string, readonly RecordedEvent[]>, void, undefined> {
    // Where all of them are too much, no more are asked for than may be answered: what is found is measured, whether it fits or not.
    let room = streams.length;
    for (let left = streams; left.length > 0;) {
      const asked = left.slice(0, room);
      // Not named: planned by what the table has grown to, for so many streams as there are.
      const rows = await this.query<[found: string, ...EventRow]>({
        text: asMuchAsFits('SELECT * FROM event_store.event WHERE stream = ANY ($1)', 'stream, revision'),
        values: [textArray(asked)],
        ...TEXT_ROWS,
      });
      const read = new Map<string, RecordedEvent[]>(asked.map((stream) => [stream, []]));
      for (const event of rows.map(([, ...row]) => fromRowEvent(row))) read.get(event.stream)?.push(event);
      const whole = rows.length === Number(rows[0]?.[0] ?? 0);
      if (!whole) {
        // Of the last one there is more, or may be; of those without events there may be all of them.
        const last = rows.at(-1)?.[2];
        for (const [stream, events] of read) if (stream === last || events.length === 0) read.delete(stream);
        // Alone, it is too large.
        if (read.size === 0) left = left.filter((stream) => stream !== last);
        room = Math.max(1, 2 * read.size);
      }
      left = left.filter((stream) => !read.has(stream));
      if (read.size > 0) yield read;
    }
  }

  override async *readParts(stream: string): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
    let room = PART;
    for (let from = 0n, more = true; more;) {
      const rows = await this.query<[found: string, ...EventRow]>({
        name: 'gatehouse-read-part',
        text: asMuchAsFits(`SELECT * FROM event_store.event
          WHERE stream = $1 AND revision >= $2 ORDER BY revision LIMIT $3`),
        values: [stream, from, room],
        ...TEXT_ROWS,
      });
      const part = rows.map(([, ...row]) => fromRowEvent(row));
      const last = part.at(-1);
      if (last === undefined) return;
      yield part;
      from = last.revision + 1n;
      const found = Number(rows[0]?.[0]);
      more = part.length < found || found === room;
      room = part.length < found ? 2 * part.length : PART;
    }
  }

  async read(stream: string, options: ReadOptions = {}): Promise<readonly RecordedEvent[]> {
    const { from, direction = 'forward', limit } = options;
    const [comparison, order] = direction === 'forward' ? ['>=', 'ASC'] : ['<=', 'DESC'];
    const rows = await this.query<EventRow>({
      name: `gatehouse-read-${direction}`,
      text: `SELECT ${EVENT_COLUMNS} FROM event_store.event
        WHERE stream = $1 AND revision ${comparison} $2 ORDER BY revision ${order} LIMIT $3`,
      values: [stream, from ?? (direction === 'forward' ? 0n : 9_223_372_036_854_775_807n), limit ?? null],
      ...TEXT_ROWS,
    });
    return rows.map(fromRowEvent);
  }

  async readAll({ after, limit, streamPrefixes }: ReadAllOptions): Promise<AllPage> {
    return streamPrefixes ? this.readFiltered(after, limit, streamPrefixes) : this.readPage(after, limit);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    this.listener.start();
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    return followLog((page) => this.readAll(page), this.grown, { ...options, signal }, this.follow);
  }

  async head(): Promise<Position> {
    const [row] = await this.query<[string | null]>({
      name: 'gatehouse-head',
      text: 'SELECT max("position") FROM event_store.event',
      ...TEXT_ROWS,
    });
    return row?.[0] ? position(BigInt(row[0])) : BEFORE_FIRST;
  }

  /**
   * Recomputes the hashes of a range from what the table holds now. An owner who rewrote the whole tail with new hashes
   * is not found this way: compare the head's hash with one that was kept elsewhere.
   */
  verifyChain(range: ChainRange = {}): Promise<ChainReport> {
    return verifyChain(
      (after, limit) =>
        this.query<ChainRow>({
          name: 'gatehouse-verify-chain',
          text: `SELECT ${CHAIN_COLUMNS} FROM event_store.event WHERE "position" > $1 ORDER BY "position" LIMIT $2`,
          values: [after, limit],
          ...TEXT_ROWS,
        }),
      range,
    );
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.listener.close();
  }

  /** Undefined where something was refused: nothing has been appended then. */
  private async appendTogether(
    appends: readonly StreamAppend[],
  ): Promise<readonly PromiseSettledResult<AppendResult>[] | undefined> {
    try {
      for (const { stream, events, expected } of appends) assertAppendable(stream, events, expected);
      const rows = await this.query<[revision: string, position: string]>(appendEachStatement(appends));
      return rows.map((row) => ({
        status: 'fulfilled',
        value: { revision: revision(BigInt(row[0])), position: position(BigInt(row[1])) },
      }));
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) return undefined;
      return appends.map(() => ({ status: 'rejected', reason: error }));
    }
  }

  private async readPage(after: Position, limit: number): Promise<AllPage> {
    const rows = await this.query<[found: string, ...EventRow]>({
      name: 'gatehouse-read-all',
      text: asMuchAsFits(
        'SELECT * FROM event_store.event WHERE "position" > $1 ORDER BY "position" LIMIT $2',
      ),
      values: [after, limit],
      ...TEXT_ROWS,
    });
    const events = rows.map(([, ...row]) => fromRowEvent(row));
    const found = Number(rows[0]?.[0] ?? 0);
    return {
      events,
      next: events.at(-1)?.position ?? after,
      end: events.length === found && found < limit,
    };
  }

  /** One statement, hence one snapshot: where nothing matched up to its head, nothing will. */
  private async readFiltered(after: Position, limit: number, prefixes: readonly string[]): Promise<AllPage> {
    const rows = await this.query<[head: string, found: string | null, ...Partial<EventRow>]>({
      name: 'gatehouse-read-all-filtered',
      text: `SELECT log.head, page.* FROM (SELECT coalesce(max("position"), 0) AS head FROM event_store.event) AS log
        LEFT JOIN (${asMuchAsFits(`
          SELECT * FROM event_store.event
          WHERE "position" > $1 AND "position" <= $1 + $3 AND stream ^@ ANY ($4)
          ORDER BY "position" LIMIT $2`)}
        ) AS page ON true ORDER BY page."position"`,
      values: [after, limit, WINDOW, prefixes],
      ...TEXT_ROWS,
    });
    const head = BigInt(rows[0]?.[0] ?? '0');
    const found = Number(rows[0]?.[1] ?? 0);
    const events = rows
      .filter(([, counted]) => counted !== null)
      .map(([, , ...row]) => fromRowEvent(row as unknown as EventRow));
    const windowEnd = after + WINDOW;
    const all = events.length === found && found < limit;
    const seen = all ? (windowEnd < head ? windowEnd : head) : events.at(-1)?.position;
    const next = position(seen === undefined || seen < after ? after : seen);
    return { events, next, end: next >= head };
  }

  private async query<Row>(statement: QueryArrayConfig): Promise<readonly Row[]> {
    try {
      return await this.queryOnce(statement);
    } catch (error) {
      if (isTransient(error)) throw new AppError('UNAVAILABLE', 'EVENT_STORE_UNAVAILABLE', { cause: error });
      throw error;
    }
  }

  /** Not by pool.query: that closes the connection after any error, and a lost race is no fault of the connection. */
  private async queryOnce<Row>(statement: QueryArrayConfig): Promise<readonly Row[]> {
    const client = await this.pool.connect();
    // The pool listens only while the connection is idle; without a listener a lost one would end the process.
    client.on('error', ignore);
    let broken = false;
    try {
      const { rows } = await client.query(statement);
      return rows as unknown as readonly Row[];
    } catch (error) {
      broken = !(error instanceof DatabaseError) || isConnectionFault(error);
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }
}

/** Of the events that are found as many as a page has room for, each behind the number of those that were found. */
const asMuchAsFits = (found: string, order = '"position"'): string => `
  SELECT found, ${EVENT_COLUMNS} FROM (
    SELECT *, count(*) OVER () AS found,
      sum(octet_length(data::text)) OVER (ORDER BY ${order}) - octet_length(data::text) AS bytes_before
    FROM (${found}) AS found
  ) AS measured WHERE bytes_before < ${PAGE_BYTES} ORDER BY ${order}`;

/** So many events at most are appended together: the log is locked for so long, and others wait. */
const EVENTS_TOGETHER = 250;

const inTransactions = (appends: readonly StreamAppend[]): readonly (readonly StreamAppend[])[] => {
  const transactions: StreamAppend[][] = [];
  let events = 0;
  for (const append of appends) {
    events += append.events.length;
    const last = transactions.at(-1);
    if (last && events <= EVENTS_TOGETHER) {
      last.push(append);
      continue;
    }
    transactions.push([append]);
    events = append.events.length;
  }
  return transactions;
};

class OwningEventStore extends PostgresEventStore {
  override async close(): Promise<void> {
    await super.close();
    await this.pool.end();
  }
}

const ignore = (): void => undefined;
