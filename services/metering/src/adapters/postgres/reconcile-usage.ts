import type { PgPool } from '@gatehouse/platform';
import { COUNTED } from './usage-counters';
import { type Counters, COUNTERS, differingCounts, inBulk, ofDay } from './usage-counts-query';
import { type Found, toFound, type DifferenceDbRow } from './reconcile.rows';

const SERIES = `coalesce(CASE WHEN s.label_key <> '' THEN concat_ws(' ', s.workspace_id, s.label_key || '=' || s.label_value)
    ELSE concat_ws(' ', ${['workspace_id', 'provision_id', 'api_key_id'].map((name) => `nullif(s.${name}, '')`).join()},
      CASE WHEN s.workspace_id = '' THEN s.integration_id END, nullif(s.model, ''), nullif(s.outcome, '')) END, 'no series')`;

const differingSql = (counters: Counters): string => `
  WITH ${differingCounts(counters)}
  SELECT '${counters === 'minute' ? 'counter' : 'rollup'}' AS kind, coalesce(s.organization_id, '') AS organization_id,
    concat_ws(' ', '${counters.replace('_', ' ')}', to_char(d.begins AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), ${SERIES}) AS subject,
    f.figure, f.kept, f.found, count(*) OVER () AS differing
  FROM differing d LEFT JOIN metering.usage_series s USING (series_id)
  CROSS JOIN LATERAL (VALUES
    ${COUNTED.map((column) => `('${column}', d.kept_${column}::text, d.found_${column}::text)`).join()}
  ) AS f (figure, kept, found)
  WHERE f.kept <> f.found
  ORDER BY d.begins, d.series_id LIMIT $2`;

/** Counters of a day with the records of its calls, and coarser ones with finer ones. */
export const reconcileUsage = async (
  pool: PgPool,
  day: string,
  listed: number,
): Promise<Found & { readonly counters: bigint }> => {
  const found = [];
  for (const counters of COUNTERS) {
    const { rows } = await inBulk(pool, (tx) =>
      tx.query<DifferenceDbRow>(differingSql(counters), [day, listed]),
    );
    found.push(toFound(rows));
  }
  const { rows } = await pool.query<{ counters: bigint }>(
    `SELECT count(*) AS counters
     FROM (SELECT series_id, begins FROM ${ofDay('minute')} UNION SELECT series_id, begins FROM ${ofDay('recent')}) AS minutes`,
    [day],
  );
  return {
    counters: rows[0]?.counters ?? 0n,
    differing: found.reduce((sum, { differing }) => sum + differing, 0n),
    differences: found.flatMap(({ differences }) => differences),
  };
};
