import { formatUsd } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { parseCount } from '../limit-options';
import type { Act, Session } from '../session';

const DIMENSIONS: Readonly<Record<string, meteringV1.UsageDimension>> = {
  workspace: meteringV1.UsageDimension.WORKSPACE,
  provision: meteringV1.UsageDimension.PROVISION,
  key: meteringV1.UsageDimension.API_KEY,
  model: meteringV1.UsageDimension.MODEL,
  day: meteringV1.UsageDimension.DAY,
};

interface UsageOptions {
  readonly by?: readonly string[];
  readonly workspace: string;
  readonly from: string;
  readonly to: string;
}

/** `usage`, `records`, `limits`. */
export const addUsageCommands = (program: Command, act: Act): void => {
  program
    .command('usage')
    .description('what was used, summed')
    .addOption(new Option('--by <dimension...>', 'sum by these').choices(Object.keys(DIMENSIONS)))
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--from <day>', 'first day, YYYY-MM-DD (UTC)', '')
    .option('--to <day>', 'last day, YYYY-MM-DD (UTC)', '')
    .action(act(showUsage));
  program
    .command('records')
    .description('usage records, newest first: one for each attempt to call a provider')
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--limit <count>', 'how many, at most 1000', '20')
    .option('--page-token <token>', 'go on after an earlier page', '')
    .action(act(listRecords));
  program
    .command('limits')
    .description('where limits stand in their current periods')
    .argument('[scope-id]', 'a provision, workspace or key')
    .action(act(showLimits));
};

const showUsage = async ({ connection, output }: Session, options: UsageOptions): Promise<void> => {
  const request = meteringV1.GetUsageRequest.fromPartial({
    groupBy: (options.by ?? []).map((name) => DIMENSIONS[name] ?? meteringV1.UsageDimension.UNSPECIFIED),
    workspaceId: options.workspace,
    fromDay: options.from,
    toDay: options.to,
  });
  const response = await connection.usage().getUsage(request);
  output.answer(
    meteringV1.GetUsageResponse.toJSON(response),
    ['workspace', 'provision', 'key', 'model', 'day', 'requests', 'input', 'output', 'USD', 'unknown'],
    response.rows.map((row) => [
      row.workspaceId,
      row.provisionId,
      row.apiKeyId,
      row.model,
      row.day,
      row.requests.toString(),
      row.inputTokens.toString(),
      row.outputTokens.toString(),
      formatUsd(row.amountNanoUsd),
      row.unknownRequests.toString(),
    ]),
  );
};

interface RecordsOptions {
  readonly workspace: string;
  readonly limit: string;
  readonly pageToken: string;
}

const listRecords = async ({ connection, output }: Session, options: RecordsOptions): Promise<void> => {
  const request = meteringV1.ListUsageRecordsRequest.fromPartial({
    pageSize: Number(parseCount(options.limit)),
    pageToken: options.pageToken,
    workspaceId: options.workspace,
  });
  const response = await connection.usage().listUsageRecords(request);
  output.answer(
    meteringV1.ListUsageRecordsResponse.toJSON(response),
    ['request', 'model', 'input', 'output', 'of which', 'tier', 'USD', 'outcome', 'admitted'],
    response.records.map((record) => [
      `${record.requestId}.${record.attempt}`,
      record.model,
      unknownOr(record.inputTokens),
      unknownOr(record.outputTokens),
      record.kinds.flatMap(apartFromPlain).join(', '),
      record.serviceTier,
      record.amountNanoUsd === undefined ? 'unknown' : formatUsd(record.amountNanoUsd),
      `${meteringV1.UsageOutcome[record.outcome].toLowerCase()}${record.estimated ? ', estimated' : ''}`,
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
    (pageToken) => budgets.listLimitStates({ scopeId, pageSize: 1_000, pageToken }),
    (page) => page.limits,
  );
  output.answer(
    { limits: limits.map((limit) => meteringV1.LimitState.toJSON(limit)) },
    ['scope', 'limit', 'spent', 'held', 'in doubt', 'remaining', 'unit', 'resets'],
    limits.map((state) => {
      const remaining = state.limit - state.spent - state.held;
      const say = (amount: bigint): string => amountIn(state.unit, amount);
      return [
        state.scopeId,
        say(state.limit),
        say(state.spent),
        say(state.held),
        say(state.doubt),
        say(remaining > 0n ? remaining : 0n),
        meteringV1.LimitUnit[state.unit].toLowerCase().replace('nano_usd', 'usd'),
        state.resetsAt?.toISOString() ?? 'never',
      ];
    }),
  );
};

const amountIn = (unit: meteringV1.LimitUnit, amount: bigint): string =>
  unit === meteringV1.LimitUnit.NANO_USD ? formatUsd(amount) : amount.toString();
