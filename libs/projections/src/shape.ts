import { createHash } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import { tablesOf, type Reader } from './bookkeeping';
import type { Projection, Tx } from './projection';

/** What a projection's tables are: which version made them, and the SHA-256 of its DDL in hex. */
export interface Shape {
  readonly version: number;
  readonly digest: string;
}

export const shapeOf = ({ version, ddl }: Pick<Projection, 'version' | 'ddl'>): Shape => ({
  version,
  digest: createHash('sha256').update(ddl, 'utf8').digest('hex'),
});

/**
 * Part of the consumer group's name: a process of another version, which stands aside, must not sit on partitions that
 * the others would then wait for.
 */
export const shapeName = (projection: Projection): string => {
  const { version, digest } = shapeOf(projection);
  return `v${version}-${digest.slice(0, 8)}`;
};

/**
 * How the tables that stand in the database compare with the program's: `stale` are those to be built anew, whose digest
 * is another or unknown; `newer` those of a later version of the program, which are its to keep.
 */
export type Standing = 'fitting' | 'stale' | 'newer';

export const standingOf = async (tx: Tx, projection: Projection, reader: Reader): Promise<Standing> => {
  const stands = await readShape(tx, reader);
  const wanted = shapeOf(projection);
  if (stands === undefined) return 'stale';
  if (stands.version > wanted.version) return 'newer';
  return stands.version === wanted.version && stands.digest === wanted.digest ? 'fitting' : 'stale';
};

/**
 * For every transaction that applies events: while versions change, processes of the old one may run on, and must not
 * write to the new one's tables. UNAVAILABLE `PROJECTION_RESHAPED`: it stands aside until its own shape is back.
 */
export const assertFitting = async (tx: Tx, projection: Projection, reader: Reader): Promise<void> => {
  if ((await standingOf(tx, projection, reader)) !== 'fitting')
    throw new AppError('UNAVAILABLE', 'PROJECTION_RESHAPED');
};

export const writeShape = async (
  tx: Tx,
  { schema, name }: Reader,
  { version, digest }: Shape,
): Promise<void> => {
  await tx.query(`INSERT INTO ${tablesOf(schema).shape} (name, version, digest) VALUES ($1, $2, $3)`, [
    name,
    version,
    digest,
  ]);
};

const readShape = async (tx: Tx, { schema, name }: Reader): Promise<Shape | undefined> => {
  const { rows } = await tx.query<Shape>(
    `SELECT version, digest FROM ${tablesOf(schema).shape} WHERE name = $1`,
    [name],
  );
  return rows[0];
};
