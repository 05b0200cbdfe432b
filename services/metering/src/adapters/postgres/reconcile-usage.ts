import type { PgPool } from '@gatehouse/platform';
import type { UsageGrain } from '../../domain/usage/usage-rollup';
import { COUNTED, differingCounts, ofDay } from './usage-counts-query';
import { type Found, toFound, type DifferenceDbRow } from './reconcile.rows';

const SERIES = `coalesce(CASE WHEN s.label_key <> '' THEN concat_ws(' ', s.workspace_id, s.label_key || '=' || s.label_value)
    ELSE concat_ws(' ', s.workspace_id, s.provision_id, s.api_key_id, s.model, s.outcome) END, 'no series')`;

const differingSql = (grain: UsageGrain): string => `
  WITH ${differingCounts(grain)}
  SELECT '${grain === 'minute' ? 'counter' : 'rollup'}' AS kind, coalesce(s.organization_id, '') AS organization_id,
    concat_ws(' ', '${grain}', to_char(d.begins AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), ${SERIES}) AS subject,
    f.figure, f.kept, f.found, count(*) OVER () AS differing
  FROM differing d LEFT JOIN metering.usage_series s USING (series_id)
  CROSS JOIN LATERAL (VALUES
    ${COUNTED.map((column) => `('${column}', d.kept_${column}::text, d.found_${column}::text)`).join()}
  ) AS f (figure, kept, found)
  WHERE f.kept <> f.found
  ORDER BY d.begins, d.series_id LIMIT $2`;

const GRAINS: readonly UsageGrain[] = ['minute', 'hour', 'day'];

/** Counters of a day with the records of its calls, and coarser ones with finer ones. */
export const reconcileUsage = async (
  pool: PgPool,
  day: string,
  listed: number,
): Promise<Found & { readonly counters: bigint }> => {
  const found = [];
  for (const grain of GRAINS) {
    const { rows } = await pool.query<DifferenceDbRow>(differingSql(grain), [day, listed]);
    found.push(toFound(rows));
  }
  const { rows } = await pool.query<{ counters: bigint }>(
    `SELECT count(*) AS counters FROM ${ofDay('minute')}`,
    [day],
  );
  return {
    counters: rows[0]?.counters ?? 0n,
    differing: found.reduce((sum, { differing }) => sum + differing, 0n),
    differences: found.flatMap(({ differences }) => differences),
  };
};
