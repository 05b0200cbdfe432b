import { processTree, type Product } from '@gatehouse/e2e';
import { meteringV1 } from '@gatehouse/proto-gen';
import { microsecondsBetween, processorTimeOf } from './processor-time';
import { IDLE_PROVISION_ID, INTEGRATION_IDS, KEY_IDS, WORKSPACE_IDS } from './usage-load';

const TURNS = 9;
const DAY_MS = 86_400_000;

export interface QuestionRow {
  readonly what: string;
  readonly answered: number;
  /** The first time it was asked. */
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly maxMs: number;
  /** Of metering and Postgres together, on average: what it takes however much else there is to do. */
  readonly processorMs: number;
}

interface Question {
  readonly what: string;
  /** How many rows it answered. */
  readonly ask: () => Promise<number>;
}

const { WORKSPACE, INTEGRATION, MODEL, API_KEY, PROVIDER, OUTCOME, USER, DAY } = meteringV1.UsageDimension;
const { HOUR, DAY: EVERY_DAY } = meteringV1.UsageInterval;

type Usage = ReturnType<Product['control']>['usage'];

/** What dashboards ask of the 30 days before a moment that is no full hour: by each dimension, by hour and by day. */
const dashboards = (usage: Usage, until: Date): readonly Question[] => {
  const from = new Date(until.getTime() - 30 * DAY_MS);
  const sums = (what: string, more: Partial<meteringV1.GetUsageRequest>): Question => ({
    what: `30 days ${what}`,
    ask: async () => {
      const request = meteringV1.GetUsageRequest.fromPartial({ from, to: until, ...more });
      return (await usage.getUsage(request)).rows.length;
    },
  });
  return [
    sums('in all', {}),
    sums('by workspace', { groupBy: [WORKSPACE] }),
    sums('by integration', { groupBy: [INTEGRATION] }),
    sums('by model', { groupBy: [MODEL] }),
    sums('by key', { groupBy: [API_KEY] }),
    sums('by provider and outcome', { groupBy: [PROVIDER, OUTCOME] }),
    sums('by user', { groupBy: [USER] }),
    sums('by key and model', { groupBy: [API_KEY, MODEL] }),
    sums('by workspace and day', { groupBy: [WORKSPACE, DAY] }),
    sums('every day by model', { groupBy: [MODEL], every: EVERY_DAY }),
    sums('every hour', { every: HOUR }),
    sums('every hour by model', { groupBy: [MODEL], every: HOUR }),
    sums('every hour of a workspace', { workspaceId: WORKSPACE_IDS[3] ?? '', every: HOUR }),
    sums('every hour of a key by model', { apiKeyId: KEY_IDS[3] ?? '', groupBy: [MODEL], every: HOUR }),
    sums('by model, with latency', { groupBy: [MODEL], latency: true }),
    sums('every day, with latency', { every: EVERY_DAY, latency: true }),
  ];
};

/** Pages of 50: the newest, in the middle, the oldest, and what is found by something. */
const pages = (usage: Usage, until: Date): readonly Question[] => {
  const daysAgo = (days: number): Date => new Date(until.getTime() - days * DAY_MS);
  const page = (what: string, more: Partial<meteringV1.ListUsageRecordsRequest>): Question => {
    let second = '';
    return {
      what: `a page ${what}`,
      // The page after the first one, by its token, where there is one.
      ask: async () => {
        const request = meteringV1.ListUsageRecordsRequest.fromPartial({ ...more, pageToken: second });
        const { records, nextPageToken } = await usage.listUsageRecords(request);
        second = second === '' ? nextPageToken : second;
        return records.length;
      },
    };
  };
  return [
    page('of the newest', {}),
    page('of 15 days ago', { to: daysAgo(15) }),
    page('of the oldest', { to: new Date(daysAgo(30).getTime() + 3_600_000) }),
    page('of a key', { apiKeyId: KEY_IDS[3] ?? '' }),
    page('of a key, 15 days ago', { apiKeyId: KEY_IDS[3] ?? '', to: daysAgo(15) }),
    page('of a workspace, 29 days ago', { workspaceId: WORKSPACE_IDS[3] ?? '', to: daysAgo(29) }),
    page('of a key and an integration', {
      apiKeyId: KEY_IDS[3] ?? '',
      integrationId: INTEGRATION_IDS[3] ?? '',
    }),
    // Each calls two that follow each other.
    page('of a key and an integration that it never calls', {
      apiKeyId: KEY_IDS[3] ?? '',
      integrationId: INTEGRATION_IDS[1] ?? '',
    }),
    page('of what failed of a key', {
      apiKeyId: KEY_IDS[3] ?? '',
      outcome: meteringV1.UsageOutcome.PROVIDER_FAILED,
    }),
    page('of a model, 15 days ago', { model: 'model-2', to: daysAgo(15) }),
    page('of a user', { user: 'user-7' }),
    page('of what failed', { outcome: meteringV1.UsageOutcome.PROVIDER_FAILED, to: daysAgo(10) }),
    page('of an idle provision', { provisionId: IDLE_PROVISION_ID }),
    page('of a key and a model it never called', { apiKeyId: KEY_IDS[3] ?? '', model: 'no-such-model' }),
    page('of a trace that nobody named', { traceId: 'no-such-trace' }),
  ];
};

/** As an admin asks, over metering's own API. */
export const askAll = async (product: Product, until: Date): Promise<readonly QuestionRow[]> => {
  const { usage } = product.control();
  const metering = product.pidOf('metering');
  const processorTime = (): ReturnType<typeof processorTimeOf> =>
    processorTimeOf([
      ...(metering === undefined ? [] : [metering]),
      ...processTree(product.postgresPid).map(({ pid }) => pid),
    ]);
  const rows: QuestionRow[] = [];
  for (const { what, ask } of [...dashboards(usage, until), ...pages(usage, until)]) {
    const took: number[] = [];
    let answered = 0;
    const before = processorTime();
    for (let turn = 0; turn < TURNS; turn++) {
      const start = performance.now();
      answered = await ask();
      took.push(performance.now() - start);
    }
    const processorMs = tenths(microsecondsBetween(before, processorTime()) / 1_000 / TURNS);
    const [first = Number.NaN] = took;
    took.sort((a, b) => a - b);
    rows.push({
      ...{ what, answered, firstMs: tenths(first) },
      ...{ p50Ms: tenths(took[TURNS >> 1] ?? Number.NaN), maxMs: tenths(took.at(-1) ?? Number.NaN) },
      processorMs,
    });
  }
  return rows;
};

const tenths = (value: number): number => Math.round(value * 10) / 10;
