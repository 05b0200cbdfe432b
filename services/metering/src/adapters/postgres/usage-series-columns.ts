import { MARGINS, type SeriesDimension } from '../../domain/usage/usage-rollup';

/** What tells series of calls apart, besides their organization. */
export const SERIES_COLUMNS: Readonly<Record<SeriesDimension, string>> = {
  workspace: 'workspace_id',
  integration: 'integration_id',
  provision: 'provision_id',
  apiKey: 'api_key_id',
  provider: 'provider',
  model: 'model',
  outcome: 'outcome',
};

const DIMENSIONS = Object.keys(SERIES_COLUMNS) as SeriesDimension[];

/** In the order of `marginRows`. */
export const SERIES_COLUMN_NAMES: readonly string[] = DIMENSIONS.map(
  (dimension) => SERIES_COLUMNS[dimension],
);

/** As the members of a VALUES list, the margins of what a table (by its alias) says of a series. */
export const marginRows = (table: string): string =>
  MARGINS.map((margin) => {
    const cells = DIMENSIONS.map((one) => (margin.includes(one) ? `${table}.${SERIES_COLUMNS[one]}` : "''"));
    return `(${cells.join(', ')})`;
  }).join(', ');
