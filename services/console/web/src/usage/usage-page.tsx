import type { UsageAnswer, UsageRowAnswer } from '@gatehouse/console/usage/usage.schema';
import { lazy, Suspense } from 'react';
import { useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import { useSession } from '../session/session';
import { EmptyState } from '../ui/empty-state';
import { Field } from '../ui/field';
import { Notice, Refusal } from '../ui/notice';
import { type Column, Table } from '../ui/table';
import { count, UNKNOWN, usd } from '../ui/words';
import { DownloadForm } from './download-form';
import { beginOf, dayOf, DAY_MS, endOf } from './days';

const UsageChart = lazy(async () => ({ default: (await import('./usage-chart')).UsageChart }));

/** What usage is told by, and which member of a row says it. */
const DIMENSIONS = {
  workspace: { label: 'Workspace', of: ({ workspace_id: id }) => id },
  integration: { label: 'Integration', of: ({ integration_id: id }) => id },
  model: { label: 'Model', of: ({ model }) => model },
  'api-key': { label: 'API key', of: ({ api_key_id: id }) => id },
  provider: { label: 'Provider', of: ({ provider }) => provider },
  outcome: { label: 'Outcome', of: ({ outcome }) => outcome },
} as const satisfies Record<string, { label: string; of: (row: UsageRowAnswer) => string | null }>;
type Dimension = keyof typeof DIMENSIONS;

const DAYS_BY_DEFAULT = 30;
/** Beyond, a chart has more points than a screen. */
const HOURLY_DAYS_MAX = 7;

/** What was used and what it cost; what nobody knows is told apart, and never as nothing. */
export const UsagePage = () => {
  const asked = useAsked();
  const { by, range } = asked;
  const sums = useAnswer<UsageAnswer>('/v1/gatehouse/usage', { group_by: by, ...range });
  const series = useAnswer<UsageAnswer>('/v1/gatehouse/usage', { every: asked.every, ...range });
  const rows = [...(sums.data?.rows ?? [])].sort((a, b) => Number(b.cost) - Number(a.cost));
  return (
    <div className="stack">
      <h1>Usage</h1>
      <Filters {...asked} />
      <Refusal error={sums.error ?? series.error} />
      {sums.isPending && !sums.error && <p className="quiet">Loading…</p>}
      {sums.data && rows.length === 0 && (
        <EmptyState title="Nothing was used in these days.">
          <p>What developers call through the gateway is here within seconds.</p>
        </EmptyState>
      )}
      {rows.length > 0 && (
        <>
          <WhatIsOpen rows={rows} />
          <Suspense fallback={<p className="quiet">Loading the chart…</p>}>
            <UsageChart rows={series.data?.rows ?? []} every={asked.every} range={range} />
          </Suspense>
          <Table
            caption={`Usage by ${DIMENSIONS[by].label}`}
            rows={rows}
            keyOf={(row) => String(DIMENSIONS[by].of(row))}
            columns={columnsOf(by, sums.data?.names ?? {})}
          />
        </>
      )}
      <DownloadForm />
    </div>
  );
};

const columnsOf = (by: Dimension, names: UsageAnswer['names']): readonly Column<UsageRowAnswer>[] => [
  {
    label: DIMENSIONS[by].label,
    cell: (row) => {
      const value = DIMENSIONS[by].of(row);
      return value === null || value === '' ? UNKNOWN : (names[value] ?? value);
    },
  },
  { label: 'Requests', figures: true, cell: ({ requests }) => count(requests) },
  { label: 'Input tokens', figures: true, cell: ({ input_tokens: tokens }) => count(tokens) },
  { label: 'Output tokens', figures: true, cell: ({ output_tokens: tokens }) => count(tokens) },
  { label: 'Cost', figures: true, cell: ({ cost }) => usd(cost) },
  { label: 'In doubt', figures: true, cell: ({ doubt }) => usd(doubt) },
  { label: 'Of unknown cost', figures: true, cell: ({ unknown_requests: requests }) => count(requests) },
];

/** What the sums do not have. */
const WhatIsOpen = ({ rows }: { readonly rows: readonly UsageRowAnswer[] }) => {
  const unknown = rows.reduce((all, { unknown_requests: requests }) => all + requests, 0);
  const inDoubt = rows.some(({ doubt }) => Number(doubt) > 0);
  if (unknown === 0 && !inDoubt) return null;
  return (
    <Notice>
      {unknown > 0 && `${count(unknown)} requests are of unknown usage or price, and in no sum. `}
      {inDoubt && 'Beyond the cost there is what may have been billed, and nobody knows yet: it is in doubt.'}
    </Notice>
  );
};

/** What is asked for, as the address says. */
const useAsked = () => {
  const [params, setParams] = useSearchParams();
  const { workspace } = useSession();
  const today = Date.now();
  const said = params.get('by') ?? '';
  const first = workspace === null ? 'workspace' : 'model';
  const by: Dimension = said in DIMENSIONS ? (said as Dimension) : first;
  const from = params.get('from') ?? dayOf(today - (DAYS_BY_DEFAULT - 1) * DAY_MS);
  const to = params.get('to') ?? dayOf(today);
  const change = (name: string, value: string) =>
    setParams((before) => ({ ...Object.fromEntries(before), [name]: value }), { replace: true });
  const range = { from: beginOf(from), to: endOf(to) };
  const days = (Date.parse(range.to) - Date.parse(range.from)) / DAY_MS;
  return {
    by,
    from,
    to,
    range,
    change,
    every: days <= HOURLY_DAYS_MAX ? ('hour' as const) : ('day' as const),
  };
};

const Filters = ({ by, from, to, change }: ReturnType<typeof useAsked>) => (
  <div className="row wrap">
    <Field label="By">
      {(control) => (
        <select {...control} value={by} onChange={({ target }) => change('by', target.value)}>
          {Object.entries(DIMENSIONS).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
    {(
      [
        ['from', 'From', from],
        ['to', 'To', to],
      ] as const
    ).map(([name, label, value]) => (
      <Field key={name} label={`${label} (UTC)`}>
        {(control) => (
          <input
            {...control}
            type="date"
            required
            value={value}
            onChange={({ target }) => target.value !== '' && change(name, target.value)}
          />
        )}
      </Field>
    ))}
  </div>
);
