import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import type { PoolClient } from 'pg';
import { marginsOf, type UsageSeries } from '../../domain/usage/usage-rollup';

const COLUMNS = `organization_id, workspace_id, integration_id, provision_id, api_key_id, provider, model, outcome,
  label_key, label_value`;
const GIVEN = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[]) AS given (${COLUMNS})`;

/** Takes a number for each row, made or not. In the order of whoever else makes several, so that neither waits for the other. */
const ADD = `INSERT INTO metering.usage_series (${COLUMNS})
  SELECT * FROM ${GIVEN} ORDER BY ${COLUMNS} ON CONFLICT DO NOTHING`;
const FIND = `SELECT ${COLUMNS}, series_id FROM metering.usage_series JOIN ${GIVEN} USING (${COLUMNS})`;
const LABELS = `SELECT organization_id, label_key, count(*)::integer AS series FROM metering.usage_series
  WHERE organization_id = ANY ($1::text[]) AND label_key <> '' GROUP BY 1, 2`;
/** Each after the one before. */
const LOCK = 'SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key';

/** Series of one organization that one key of metadata may have; values beyond are counted together, as the empty one. */
const VALUES_MAX = 1_000;
/** Keys of metadata that one organization is counted by; others are in its records alone. */
const KEYS_MAX = 64;
/** What a process keeps in mind. */
const KNOWN_MAX = 100_000;

/**
 * The numbers of series, which have the sums that they are a part of made beside them. A series is made outside of the transaction that counts in it: what is kept in mind here is not
 * undone with a batch, and one without counts does no harm.
 */
export class UsageSeriesIds {
  private readonly known = new Map<string, number>();

  constructor(
    private readonly pool: PgPool,
    private readonly bounds = { values: VALUES_MAX, keys: KEYS_MAX },
  ) {}

  /** In the order given; undefined for one that is not counted, as its organization has too many keys of metadata. */
  async of(series: readonly UsageSeries[]): Promise<readonly (number | undefined)[]> {
    const keys: string[] = [];
    const known: (number | undefined)[] = [];
    const missing = new Map<string, UsageSeries>();
    // Taken at once: who asks meanwhile may have all forgotten.
    for (const one of series) {
      const key = keyOf(one);
      const found = this.known.get(key);
      if (found === undefined) missing.set(key, one);
      keys.push(key);
      known.push(found);
    }
    if (missing.size > 0) {
      const learnt = await this.learn(missing);
      if (this.known.size + learnt.size > KNOWN_MAX) this.known.clear();
      for (const [key, id] of learnt) this.known.set(key, id);
      for (const [index, key] of keys.entries()) known[index] ??= learnt.get(key);
    }
    return known.map((id) => (id === NOT_COUNTED ? undefined : id));
  }

  private async learn(missing: ReadonlyMap<string, UsageSeries>): Promise<ReadonlyMap<string, number>> {
    const margins = [...missing.values()].flatMap(marginsOf);
    const ids = await this.idsOf(new Map([...missing, ...margins.map((one) => [keyOf(one), one] as const)]));
    return new Map([...missing.keys()].map((key) => [key, ids.get(key) ?? NOT_COUNTED]));
  }

  /** By keys; none of what is not counted. */
  private async idsOf(wanted: ReadonlyMap<string, UsageSeries>): Promise<ReadonlyMap<string, number>> {
    const ids = await find(this.pool, [...wanted.values()]);
    const unfound = new Map([...wanted].filter(([key]) => !ids.has(key)));
    if (unfound.size === 0) return ids;
    const made = await this.pool.inTransaction((tx) => this.findOrMake(tx, unfound));
    return new Map([...ids, ...made]);
  }

  /**
   * Looks again once nobody else can make any of these organizations: what others made until then may be just what is wanted, and is what the
   * bounds are held against. Who counts elsewhere what has a series of its own tells less of it than there is.
   */
  private async findOrMake(
    tx: PoolClient,
    wanted: ReadonlyMap<string, UsageSeries>,
  ): Promise<ReadonlyMap<string, number>> {
    const organizations = [...new Set([...wanted.values()].map((one) => one.organizationId))].sort();
    await tx.query(LOCK, [organizations.map(seriesLock)]);
    const labels = new LabelBounds(await usedLabels(tx, organizations), this.bounds);
    const others = [...wanted.values()].map((one): UsageSeries => ({ ...one, labelValue: '' }));
    const ids = new Map(await find(tx, distinct([...wanted.values(), ...others])));
    const stand = new Map<string, UsageSeries>();
    for (const [key, series] of wanted) {
      const bounded = ids.has(key) ? series : labels.fit(series);
      if (bounded) stand.set(key, bounded);
    }
    const made = distinct([...stand.values()]).filter((one) => !ids.has(keyOf(one)));
    if (made.length > 0) {
      await tx.query(ADD, columnsOf(made));
      for (const [key, id] of await find(tx, made)) ids.set(key, id);
    }
    return new Map(
      [...stand].flatMap(([key, one]) => {
        const id = ids.get(keyOf(one));
        return id === undefined ? [] : [[key, id] as const];
      }),
    );
  }
}

/** No series has it. */
const NOT_COUNTED = 0;

/** Of the series of an organization: whoever has it waits for nobody but a rebuild that makes the same one, which asks for no lock. */
const seriesLock = (organizationId: string): bigint =>
  advisoryKey(JSON.stringify(['series', organizationId]));

/** By keys. */
const find = async (
  db: Pick<PgPool, 'query'>,
  series: readonly UsageSeries[],
): Promise<ReadonlyMap<string, number>> => {
  const { rows } = await db.query<SeriesDbRow>(FIND, columnsOf(series));
  return new Map(rows.map((row) => [keyOf(fromRowSeries(row)), row.series_id]));
};

const distinct = (series: readonly UsageSeries[]): readonly UsageSeries[] => [
  ...new Map(series.map((one) => [keyOf(one), one])).values(),
];

/** By organization and key of metadata, how many series there are. */
type UsedLabels = ReadonlyMap<string, Map<string, number>>;

const usedLabels = async (tx: PoolClient, organizations: readonly string[]): Promise<UsedLabels> => {
  const used = new Map(organizations.map((one) => [one, new Map<string, number>()]));
  const { rows } = await tx.query<LabelDbRow>(LABELS, [organizations]);
  for (const { organization_id, label_key, series } of rows)
    used.get(organization_id)?.set(label_key, series);
  return used;
};

/** Of keys of metadata that are about to get more series. */
class LabelBounds {
  constructor(
    private readonly used: UsedLabels,
    private readonly bounds: { readonly values: number; readonly keys: number },
  ) {}

  /** The series itself, or that of all values beyond the bound; undefined for a key beyond the bound. */
  fit(series: UsageSeries): UsageSeries | undefined {
    const { organizationId, labelKey } = series;
    const used = this.used.get(organizationId);
    if (labelKey === '' || !used) return series;
    const values = used.get(labelKey) ?? 0;
    if (values === 0 && used.size >= this.bounds.keys) return undefined;
    used.set(labelKey, values + 1);
    return values >= this.bounds.values ? { ...series, labelValue: '' } : series;
  }
}

interface LabelDbRow {
  readonly organization_id: string;
  readonly label_key: string;
  readonly series: number;
}

interface SeriesDbRow {
  readonly organization_id: string;
  readonly workspace_id: string;
  readonly integration_id: string;
  readonly provision_id: string;
  readonly api_key_id: string;
  readonly provider: string;
  readonly model: string;
  readonly outcome: string;
  readonly label_key: string;
  readonly label_value: string;
  readonly series_id: number;
}

const fromRowSeries = (row: SeriesDbRow): UsageSeries => ({
  organizationId: row.organization_id,
  workspaceId: row.workspace_id,
  integrationId: row.integration_id,
  provisionId: row.provision_id,
  apiKeyId: row.api_key_id,
  provider: row.provider,
  model: row.model,
  outcome: row.outcome,
  labelKey: row.label_key,
  labelValue: row.label_value,
});

const textsOf = (series: UsageSeries): readonly string[] => [
  ...[series.organizationId, series.workspaceId, series.integrationId, series.provisionId, series.apiKeyId],
  ...[series.provider, series.model, series.outcome, series.labelKey, series.labelValue],
];

/** No text has a NUL. Those come first by which most series differ, so that two are soon told apart. */
const keyOf = (s: UsageSeries): string =>
  `${s.apiKeyId}\0${s.model}\0${s.outcome}\0${s.labelKey}\0${s.labelValue}\0${s.integrationId}\0${s.provisionId}\0` +
  `${s.workspaceId}\0${s.provider}\0${s.organizationId}`;

const columnsOf = (series: readonly UsageSeries[]): string[][] => {
  const rows = series.map(textsOf);
  return Array.from({ length: 10 }, (_, column) => rows.map((row) => row[column] ?? ''));
};
