import type { PageRequest } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { History, type HistoryEvent, type HistoryFilter } from '../../app/history.ports';
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
}

@Injectable()
export class PostgresHistory extends History {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async list(filter: HistoryFilter, { after, size }: PageRequest<bigint>): Promise<readonly HistoryEvent[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM ${HISTORY_SCHEMA}.event
       WHERE organization_id = $1 AND sequence > $2
         AND ($3::text IS NULL OR stream = $3)
         AND ($4::text IS NULL OR type = $4)
         AND ($5::text IS NULL OR actor_id = $5)
         AND ($6::timestamptz IS NULL OR recorded_at >= $6)
         AND ($7::timestamptz IS NULL OR recorded_at < $7)
       ORDER BY sequence LIMIT $8`,
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
    return rows.map(fromRowEvent);
  }
}

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
