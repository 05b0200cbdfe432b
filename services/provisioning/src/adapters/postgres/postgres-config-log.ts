import { Signal } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import {
  ConfigLog,
  type ConfigPage,
  type VersionedEntry,
} from '../../app/gateway-config/gateway-config.ports';
import { ConfigPublisher } from './config-publisher';

interface Row {
  readonly head: bigint;
  readonly id: string | null;
  readonly version: bigint;
  readonly value: Buffer | null;
}

/** One statement, so that head and entries are of one moment. */
const AFTER = `
  SELECT h.version AS head, e.id, e.version, e.value
  FROM provisioning.config_head h
  LEFT JOIN LATERAL (
    SELECT id, version, value FROM provisioning.config_entry WHERE version > $1 ORDER BY version LIMIT $2
  ) e ON true
  ORDER BY e.version`;

@Injectable()
export class PostgresConfigLog extends ConfigLog {
  constructor(
    private readonly pool: PgPool,
    private readonly publisher: ConfigPublisher,
  ) {
    super();
  }

  get risen(): Signal {
    return this.publisher.risen;
  }

  async after(version: bigint, limit: number): Promise<ConfigPage> {
    const { rows } = await this.pool.query<Row>(AFTER, [version, limit]);
    return { head: rows[0]?.head ?? 0n, entries: rows.flatMap((row) => fromRowEntry(row) ?? []) };
  }
}

const fromRowEntry = ({ id, version, value }: Row): VersionedEntry | undefined =>
  id === null ? undefined : { version, id, encoded: value ?? undefined };
