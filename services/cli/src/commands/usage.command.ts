import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromGrpcError } from '@gatehouse/grpc';
import { formatUsd, parseUsd } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { amountIn } from '../amount-in';
import { describeTally } from '../describe-rerating';
import { parseInstant } from '../instant-option';
import { parseCount, parseSmallCount } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

const DIMENSIONS: Readonly<Record<string, meteringV1.UsageDimension>> = {
  workspace: meteringV1.UsageDimension.WORKSPACE,
  provision: meteringV1.UsageDimension.PROVISION,
  key: meteringV1.UsageDimension.API_KEY,
  model: meteringV1.UsageDimension.MODEL,
  day: meteringV1.UsageDimension.DAY,
  integration: meteringV1.UsageDimension.INTEGRATION,
  provider: meteringV1.UsageDimension.PROVIDER,
  outcome: meteringV1.UsageDimension.OUTCOME,
  user: meteringV1.UsageDimension.USER,
  metadata: meteringV1.UsageDimension.METADATA,
};

const INTERVALS: Readonly<Record<string, meteringV1.UsageInterval>> = {
  minute: meteringV1.UsageInterval.MINUTE,
  hour: meteringV1.UsageInterval.HOUR,
  day: meteringV1.UsageInterval.DAY,
};

const OUTCOMES: Readonly<Record<string, meteringV1.UsageOutcome>> = {
  completed: meteringV1.UsageOutcome.COMPLETED,
  client_left: meteringV1.UsageOutcome.CLIENT_LEFT,
  provider_failed: meteringV1.UsageOutcome.PROVIDER_FAILED,
  unknown: meteringV1.UsageOutcome.UNKNOWN,
};

const FORMATS: Readonly<Record<string, meteringV1.UsageFormat>> = {
  csv: meteringV1.UsageFormat.CSV,
  jsonl: meteringV1.UsageFormat.JSONL,
};

/** What usage and records are narrowed to. */
interface NarrowOptions {
  readonly workspace: string;
  readonly integration: string;
  readonly provision: string;
  readonly key: string;
  readonly provider: string;
  readonly model: string;
  readonly outcome?: string;
  readonly user: string;
  readonly from: string;
  readonly to: string;
}

interface UsageOptions extends NarrowOptions {
  readonly by?: readonly string[];
  readonly every?: string;
  readonly metadata: string;
  readonly latency?: boolean;
}

const narrowable = (command: Command): Command =>
  command
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--integration <integration-id>', 'only of this integration', '')
    .option('--provision <provision-id>', 'only of this provision', '')
    .option('--key <api-key-id>', 'only of this key', '')
    .option('--provider <provider>', 'only of this provider', '')
    .option('--model <model>', 'only of this model', '')
    .addOption(new Option('--outcome <outcome>', 'only what ended so').choices(Object.keys(OUTCOMES)))
    .option('--user <user>', 'only of this user, as clients name theirs', '')
    .option('--from <time>', 'from this day or time on, e.g. 2026-11-24 or 2026-11-24T18:00:00Z (UTC)', '')
    .option('--to <time>', 'until this day or time, inclusive', '');

const narrowedBy = (options: NarrowOptions) => ({
  workspaceId: options.workspace,
  integrationId: options.integration,
  provisionId: options.provision,
  apiKeyId: options.key,
  provider: options.provider,
  model: options.model,
  outcome: OUTCOMES[options.outcome ?? ''] ?? meteringV1.UsageOutcome.UNSPECIFIED,
  user: options.user,
  ...(options.from !== '' && { from: parseInstant(options.from) }),
  ...(options.to !== '' && { to: endOf(options.to) }),
});

const DAY_MS = 86_400_000;

/** A day ends with its last moment. */
const endOf = (text: string): Date => {
  const instant = parseInstant(text);
  return /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(instant.getTime() + DAY_MS - 1) : instant;
};

/** `usage show|export|adjust|rerate`, `records`, `limits`. */
export const addUsageCommands = (program: Command, act: Act): void => {
  const usage = program.command('usage').description('what was used');
  // Not of `usage` itself, which would take from its other commands what these have under the same names.
  narrowable(usage.command('show', { isDefault: true }).description('what was used, summed'))
    .addOption(
      new Option(
        '--by <dimension...>',
        'sum by these; by user or metadata, calls without one are in no row',
      ).choices(Object.keys(DIMENSIONS)),
    )
    .addOption(new Option('--every <interval>', 'a row for each').choices(Object.keys(INTERVALS)))
    .option('--metadata <key>', 'which key of metadata, with --by metadata', '')
    .option('--latency', 'with the time to the first byte and to the end')
    .action(act(showUsage));
  usage
    .command('export')
    .description('all records of a month, to standard output')
    .argument('<month>', 'YYYY-MM (UTC)')
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .addOption(new Option('--format <format>', 'as').choices(Object.keys(FORMATS)).default('csv'))
    .action(act(exportUsage));
  withChangeOptions(
    usage
      .command('adjust')
      .description('say what an attempt cost: its counters and limits are moved, its record stays')
      .argument('<request-id>', 'of the record')
      .argument('<day>', 'of its admission, YYYY-MM-DD (UTC)')
      .argument('<usd>', 'what it cost in all')
      .option('--attempt <number>', 'which attempt', '1'),
  ).action(act(adjustUsage));
  withChangeOptions(
    usage
      .command('rerate')
      .description('rate records of a span anew: their counters and limits are moved, they stay')
      .requiredOption('--from <time>', 'from this day or time of admission on (UTC)')
      .requiredOption('--to <time>', 'until this day or time, inclusive')
      .option('--workspace <workspace-id>', 'only of this workspace', '')
      .option('--integration <integration-id>', 'only of this integration', '')
      .option('--model <model>', 'only of this model', '')
      .addOption(
        new Option(
          '--price-book <version>',
          'by this version of the price book; the one in force by default',
        ).conflicts('at'),
      )
      .option('--at <time>', 'by the price book that was in force then')
      .option('--dry-run', 'say what it would do, and do nothing')
      .option('--no-wait', 'answer once it is begun'),
  ).action(act(rerateUsage));
  narrowable(
    program
      .command('records')
      .description('usage records, newest first: one for each attempt to call a provider'),
  )
    .option('--trace <trace-id>', 'only of this trace', '')
    .option('--status <status>', "only with this HTTP status of the provider's answer")
    .option('--limit <count>', 'how many, at most 1000', '20')
    .option('--page-token <token>', 'go on after an earlier page', '')
    .action(act(listRecords));
  program
    .command('limits')
    .description('where limits stand in their current periods')
    .argument('[scope-id]', 'a provision, workspace or key')
    .action(act(showLimits));
};

interface AdjustOptions extends ChangeOptions {
  readonly attempt: string;
}

const adjustUsage = async (
  { connection, output }: Session,
  { attempt, reason, requestId }: AdjustOptions,
  usageRequestId: string,
  day: string,
  usd: string,
): Promise<void> => {
  const adjusted = await connection.usage().adjustUsage({
    ...{ requestId, reason, usageRequestId, day },
    attempt: parseSmallCount(attempt),
    amountNanoUsd: parseUsd(usd),
  });
  output.answer(
    meteringV1.AdjustUsageResponse.toJSON(adjusted),
    ['limit', 'period', 'spent', 'in doubt'],
    adjusted.limits.map(movedCells),
  );
  const before =
    adjusted.beforeNanoUsd === undefined ? 'unknown' : `${formatUsd(adjusted.beforeNanoUsd)} USD`;
  output.note(`${before} before, ${formatUsd(adjusted.amountNanoUsd)} USD now`);
};

interface RerateOptions extends ChangeOptions {
  readonly from: string;
  readonly to: string;
  readonly workspace: string;
  readonly integration: string;
  readonly model: string;
  readonly priceBook?: string;
  readonly at?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

const termsOf = (options: RerateOptions): meteringV1.RerateTerms => ({
  workspaceId: options.workspace,
  integrationId: options.integration,
  model: options.model,
  from: parseInstant(options.from),
  to: endOf(options.to),
  priceBook:
    options.priceBook !== undefined
      ? { $case: 'version', value: parseCount(options.priceBook) }
      : options.at !== undefined
        ? { $case: 'at', value: parseInstant(options.at) }
        : undefined,
});

const rerateUsage = async (session: Session, options: RerateOptions): Promise<void> => {
  const terms = termsOf(options);
  if (options.dryRun) return previewRerating(session, terms);
  const { connection, output } = session;
  const { requestId, reason } = options;
  const begun = await connection.usage().rerateUsage({ requestId, reason, terms });
  const rerating = options.wait ? await ended(session, begun.rerating) : begun.rerating;
  output.answer(
    meteringV1.RerateUsageResponse.toJSON({ rerating }),
    ['rerating', 'price book', 'status'],
    rerating ? [[rerating.id, `${rerating.priceBookVersion}`, statusOf(rerating)]] : [],
  );
  for (const line of rerating?.tally ? describeTally(rerating.tally) : []) output.note(line);
};

const statusOf = ({ status, failures, retryAt }: meteringV1.Rerating): string => {
  const word = meteringV1.ReratingStatus[status].toLowerCase();
  return retryAt ? `${word}, failed ${failures} times, again at ${retryAt.toISOString()}` : word;
};

const ASK_AGAIN_MS = 500;

/** It goes on by itself, also where nobody waits. */
const ended = async (
  { connection }: Session,
  begun: meteringV1.Rerating | undefined,
): Promise<meteringV1.Rerating | undefined> => {
  let rerating = begun;
  while (rerating && !rerating.endedAt) {
    await sleep(ASK_AGAIN_MS);
    rerating = (await connection.usage().getRerating({ reratingId: rerating.id })).rerating;
  }
  return rerating;
};

const previewRerating = async (
  { connection, output }: Session,
  terms: meteringV1.RerateTerms,
): Promise<void> => {
  const preview = await connection.usage().previewRerating({ terms });
  output.answer(
    meteringV1.PreviewReratingResponse.toJSON(preview),
    ['limit', 'period', 'spent', 'in doubt'],
    preview.limits.map(movedCells),
  );
  const unlisted = preview.limitsMoved - preview.limits.length;
  if (unlisted > 0) output.note(`and ${unlisted} limits more, less than these`);
  for (const line of preview.tally ? describeTally(preview.tally) : []) output.note(line);
  if (preview.lookedFrom)
    output.note(
      `looked at no further back than ${preview.lookedFrom.toISOString()}: there is more than that`,
    );
  if (preview.needsApproval) output.note('it would wait for a second admin');
};

const movedCells = ({
  limitId,
  periodStart,
  spentNanoUsd,
  doubtNanoUsd,
}: meteringV1.LimitMoved): string[] => [
  limitId,
  periodStart?.toISOString() ?? '',
  signedUsd(spentNanoUsd),
  signedUsd(doubtNanoUsd),
];

const signedUsd = (amount: bigint): string =>
  `${amount < 0n ? '-' : '+'}${formatUsd(amount < 0n ? -amount : amount)} USD`;

type Shown = readonly [head: string, cell: (row: meteringV1.UsageRow) => string];

const NAMES: Readonly<Record<string, Shown[1]>> = {
  workspace: ({ workspaceId }) => workspaceId,
  integration: ({ integrationId }) => integrationId,
  provision: ({ provisionId }) => provisionId,
  key: ({ apiKeyId }) => apiKeyId,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  outcome: ({ outcome }) => meteringV1.UsageOutcome[outcome].toLowerCase(),
  user: ({ user }) => user,
  metadata: ({ metadataValue }) => metadataValue,
  day: ({ day }) => day,
};

const SUMS: readonly Shown[] = [
  ['requests', ({ requests }) => requests.toString()],
  ['input', ({ inputTokens }) => inputTokens.toString()],
  ['output', ({ outputTokens }) => outputTokens.toString()],
  ['USD', ({ amountNanoUsd }) => formatUsd(amountNanoUsd)],
  ['unknown', ({ unknownRequests }) => unknownRequests.toString()],
];

const LATENCIES: readonly Shown[] = [
  ['first byte p50/p90/p99 ms', ({ firstByte }) => describeLatency(firstByte)],
  ['total p50/p90/p99 ms', ({ total }) => describeLatency(total)],
];

const describeLatency = (latency: meteringV1.UsageLatency | undefined): string =>
  latency ? [latency.p50Ms, latency.p90Ms, latency.p99Ms].join(' / ') : 'unknown';

const showUsage = async ({ connection, output }: Session, options: UsageOptions): Promise<void> => {
  const by = options.by ?? [];
  const request = meteringV1.GetUsageRequest.fromPartial({
    ...narrowedBy(options),
    groupBy: by.map((name) => DIMENSIONS[name] ?? meteringV1.UsageDimension.UNSPECIFIED),
    every: INTERVALS[options.every ?? ''] ?? meteringV1.UsageInterval.UNSPECIFIED,
    metadataKey: options.metadata,
    latency: options.latency ?? false,
  });
  const response = await connection.usage().getUsage(request);
  const columns: readonly Shown[] = [
    ...(options.every === undefined ? [] : [['begins', toldBegin] as const]),
    ...by.map((name): Shown => [name, NAMES[name] ?? (() => '')]),
    ...SUMS,
    ...(options.latency ? LATENCIES : []),
  ];
  output.answer(
    meteringV1.GetUsageResponse.toJSON(response),
    columns.map(([head]) => head),
    response.rows.map((row) => columns.map(([, cell]) => cell(row))),
  );
};

const toldBegin = ({ begins }: meteringV1.UsageRow): string => begins?.toISOString() ?? '';

interface ExportOptions {
  readonly workspace: string;
  readonly format: string;
}

const exportUsage = async (
  { connection, output }: Session,
  { workspace: workspaceId, format }: ExportOptions,
  month: string,
): Promise<void> => {
  const request = { workspaceId, month, format: FORMATS[format] ?? meteringV1.UsageFormat.UNSPECIFIED };
  try {
    for await (const { data } of connection.usage().exportUsage(request)) {
      output.lines(Buffer.from(data as Uint8Array).toString());
      // Whoever reads slowly is read for slowly.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    }
  } catch (error) {
    throw fromGrpcError(error as Parameters<typeof fromGrpcError>[0]);
  }
};

interface RecordsOptions extends NarrowOptions {
  readonly trace: string;
  readonly status?: string;
  readonly limit: string;
  readonly pageToken: string;
}

const listRecords = async ({ connection, output }: Session, options: RecordsOptions): Promise<void> => {
  const request = meteringV1.ListUsageRecordsRequest.fromPartial({
    ...narrowedBy(options),
    traceId: options.trace,
    ...(options.status !== undefined && { status: parseSmallCount(options.status) }),
    pageSize: parseSmallCount(options.limit),
    pageToken: options.pageToken,
  });
  const response = await connection.usage().listUsageRecords(request);
  output.answer(
    meteringV1.ListUsageRecordsResponse.toJSON(response),
    [
      'request',
      'model',
      'input',
      'output',
      'of which',
      'tier',
      'USD',
      'corrected',
      'outcome',
      'ms',
      'admitted',
    ],
    response.records.map((record) => [
      `${record.requestId}.${record.attempt}`,
      record.model,
      unknownOr(record.inputTokens),
      unknownOr(record.outputTokens),
      record.kinds.flatMap(apartFromPlain).join(', '),
      record.serviceTier,
      record.amountNanoUsd === undefined ? 'unknown' : formatUsd(record.amountNanoUsd),
      record.corrections
        .slice(-1)
        .map(({ amountNanoUsd }) => formatUsd(amountNanoUsd))
        .join(),
      `${meteringV1.UsageOutcome[record.outcome].toLowerCase()}${record.estimated ? ', estimated' : ''}`,
      record.totalMs?.toString() ?? 'unknown',
      record.admittedAt?.toISOString() ?? '',
    ]),
  );
};

const PLAIN: ReadonlySet<meteringV1.UsageKind> = new Set([
  meteringV1.UsageKind.INPUT,
  meteringV1.UsageKind.OUTPUT,
]);

/** What is more, or other, than plain input and output. */
const apartFromPlain = ({ kind, quantity }: meteringV1.UsageOfKind): string[] =>
  PLAIN.has(kind) ? [] : [`${quantity} ${meteringV1.UsageKind[kind].toLowerCase().replaceAll('_', ' ')}`];

const unknownOr = (count: bigint | undefined): string => count?.toString() ?? 'unknown';

const showLimits = async ({ connection, output }: Session, _options: object, scopeId = ''): Promise<void> => {
  const budgets = connection.budgets();
  const limits = await allPages(
    (pageToken) => budgets.listLimitStates({ scopeIds: [], scopeId, pageSize: 1_000, pageToken }),
    (page) => page.limits,
  );
  output.answer(
    { limits: limits.map((limit) => meteringV1.LimitState.toJSON(limit)) },
    ['scope', 'id', 'limit', 'spent', 'held', 'in doubt', 'remaining', 'resets'],
    limits.map((state) => {
      const remaining = state.limit - state.spent - state.held;
      const say = (amount: bigint): string => amountIn(state.unit, amount);
      const left = say(remaining > 0n ? remaining : 0n);
      return [
        state.scopeId,
        state.limitId,
        say(state.limit),
        say(state.spent),
        say(state.held),
        say(state.doubt),
        state.exhausted ? `${left}, exhausted` : left,
        state.resetsAt?.toISOString() ?? 'never',
      ];
    }),
  );
};
