import type { Page, PageRequest } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import {
  type ChangeFilter,
  History,
  type HistoryEvent,
  type HistoryFilter,
  PAST_MAX,
  type PastEvent,
} from '../../app/history.ports';
import { HISTORY_SCHEMA } from './history.projection';

interface Row {
  readonly sequence: bigint;
  readonly position: bigint;
  readonly event_id: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly actor_kind: HistoryEvent['actor']['kind'];
  readonly actor_id: string;
  readonly actor_address: string;
  readonly reason: string;
  readonly request_id: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly recorded_at: Date;
  readonly writer: string;
  /** There is another one behind it. */
  readonly more: boolean;
}

@Injectable()
export class PostgresHistory extends History {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async list(
    filter: HistoryFilter,
    { after, size }: PageRequest<bigint>,
  ): Promise<Page<HistoryEvent, bigint>> {
    const { rows } = await this.pool.query<Row>(
      fitting(
        'ASC',
        `SELECT * FROM ${HISTORY_SCHEMA}.event
         WHERE organization_id = $1 AND sequence > $2
           AND ($3::text IS NULL OR stream = $3)
           AND ($4::text IS NULL OR type = $4)
           AND ($5::text IS NULL OR actor_id = $5)
           AND ($6::timestamptz IS NULL OR recorded_at >= $6)
           AND ($7::timestamptz IS NULL OR recorded_at < $7)
         ORDER BY sequence LIMIT $8 + 1`,
      ),
      [
        filter.organizationId,
        after ?? 0n,
        filter.stream,
        filter.type,
        filter.actorId,
        filter.from,
        filter.to,
        size,
      ],
    );
    return pageIn(rows);
  }

  async listNewest(
    filter: ChangeFilter,
    { after, size, skip = 0 }: PageRequest<bigint>,
  ): Promise<Page<HistoryEvent, bigint>> {
    const { where, values } = changed(filter);
    const { rows } = await this.pool.query<Row>(
      fitting(
        'DESC',
        `SELECT * FROM ${HISTORY_SCHEMA}.event WHERE ${where} AND ($9::bigint IS NULL OR sequence < $9)
         ORDER BY sequence DESC LIMIT $8 + 1 OFFSET $10`,
      ),
      [...values, size, after, skip],
    );
    return pageIn(rows);
  }

  async count(filter: ChangeFilter): Promise<number> {
    const { where, values } = changed(filter);
    const sql = `SELECT count(*)::int AS total FROM ${HISTORY_SCHEMA}.event WHERE ${where}`;
    const { rows } = await this.pool.query<{ total: number }>(sql, values);
    return rows[0]?.total ?? 0;
  }

  async pastOf(
    events: readonly Pick<HistoryEvent, 'stream' | 'sequence'>[],
  ): Promise<ReadonlyMap<string, readonly PastEvent[]>> {
    const { rows } = await this.pool.query<PastRow>(
      `SELECT stream, sequence, type, version, data FROM (
         SELECT event.*, sum(octet_length(data)) OVER (ORDER BY sequence DESC) AS bytes
         FROM (
           SELECT DISTINCT past.sequence FROM unnest($1::text[], $2::bigint[]) AS asked (stream, sequence)
           CROSS JOIN LATERAL (
             SELECT sequence FROM ${HISTORY_SCHEMA}.event
             WHERE stream = asked.stream AND sequence < asked.sequence ORDER BY sequence DESC LIMIT $3) past
         ) AS found JOIN ${HISTORY_SCHEMA}.event USING (sequence)
       ) AS measured WHERE bytes <= $4 ORDER BY sequence`,
      [events.map(({ stream }) => stream), events.map(({ sequence }) => sequence), PAST_MAX, PAST_BYTES],
    );
    const pasts = new Map<string, PastEvent[]>(events.map(({ stream }) => [stream, []]));
    for (const row of rows) pasts.get(row.stream)?.push(fromRowPast(row));
    return pasts;
  }
}

/** Of all streams of a page, and the latest first: data, in bytes. */
const PAST_BYTES = 2 * 1_048_576;
/** Data of a page, in bytes, unless one event alone has more. With the pasts it fits what gRPC clients take by default, 4 MiB. */
const PAGE_BYTES = 1_048_576;

/** As much as fits of what is found, whose $8 is the page's size, and at least one. */
const fitting = (order: 'ASC' | 'DESC', found: string): string => `
  SELECT * FROM (
    SELECT *, row_number() OVER page AS ordinal, sum(octet_length(data)) OVER page AS bytes,
      lead(sequence) OVER page IS NOT NULL AS more
    FROM (${found}) AS found WINDOW page AS (ORDER BY sequence ${order})
  ) AS measured WHERE ordinal = 1 OR ordinal <= $8 AND bytes <= ${PAGE_BYTES} ORDER BY ordinal`;

const pageIn = (rows: readonly Row[]): Page<HistoryEvent, bigint> => {
  const last = rows.at(-1);
  return { items: rows.map(fromRowEvent), next: last?.more ? last.sequence : undefined };
};

interface PastRow {
  readonly stream: string;
  readonly sequence: bigint;
  readonly type: string;
  readonly version: number;
  readonly data: string;
}

const fromRowPast = ({ sequence, type, version, data }: PastRow): PastEvent => ({
  sequence,
  type,
  version,
  dataJson: data,
});

const changed = (filter: ChangeFilter): { readonly where: string; readonly values: readonly unknown[] } => ({
  where: `organization_id = $1 AND ($2::text[] IS NULL OR stream = ANY ($2))
    AND ($3::text IS NULL OR type = $3) AND ($4::text IS NULL OR actor_id = $4)
    AND ($5::timestamptz IS NULL OR recorded_at >= $5) AND ($6::timestamptz IS NULL OR recorded_at < $6)
    AND ($7::text IS NULL OR request_id = $7)`,
  values: [
    filter.organizationId,
    filter.streams.length === 0 ? null : filter.streams,
    filter.type,
    filter.actorId,
    filter.from,
    filter.to,
    filter.requestId,
  ],
});

const fromRowEvent = (row: Row): HistoryEvent => ({
  sequence: row.sequence,
  id: row.event_id,
  position: row.position,
  stream: row.stream,
  revision: row.revision,
  type: row.type,
  version: row.version,
  dataJson: row.data,
  actor: { kind: row.actor_kind, id: row.actor_id, address: row.actor_address },
  reason: row.reason,
  requestId: row.request_id,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  recordedAt: row.recorded_at,
  writer: row.writer,
});
