import { AppError, formatUsd } from '@gatehouse/kernel';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { parseInstant } from '../instant-option';
import type { Act, Session } from '../session';

interface AccessOptions {
  readonly workspace?: string;
  readonly key?: string;
  readonly model: string;
  readonly at?: string;
}

interface ListOptions {
  readonly workspace: string;
  readonly search: string;
}

/** `access`, `ai-providers`, `available-models`. */
export const addAccessCommands = (program: Command, act: Act): void => {
  program
    .command('access')
    .description('say whether a call would be allowed, and why')
    .option('--workspace <workspace-id>', 'of any key of this workspace')
    .option('--key <key-id>', 'of this key, whose own limits apply too')
    .requiredOption('--model <@slug/model>', 'what would be called')
    .option('--at <time>', 'at a later time, e.g. 2026-12-24T18:00:00Z; now by default')
    .action(act(explainAccess));
  const lists = [
    [
      'ai-providers',
      "a workspace's providers: their models, limits and what is left",
      listAiProviders,
      'slug',
    ],
    ['available-models', "a workspace's models, as its keys can call them", listAvailableModels, 'id'],
  ] as const;
  for (const [name, description, list, searched] of lists) {
    program
      .command(name)
      .description(description)
      .option('--workspace <workspace-id>', "of this workspace; a workspace's key need not say", '')
      .option('--search <text>', `only those whose ${searched} contains it`, '')
      .action(act(list));
  }
};

const explainAccess = async (
  { connection, output }: Session,
  { workspace, key, model, at }: AccessOptions,
): Promise<void> => {
  if ((workspace === undefined) === (key === undefined)) {
    throw new AppError('INVALID', 'EITHER_WORKSPACE_OR_KEY');
  }
  const response = await connection.access().explainAccess({
    of:
      key === undefined
        ? { $case: 'workspaceId', value: workspace ?? '' }
        : { $case: 'apiKeyId', value: key },
    ...addressed(model),
    at: at === undefined ? undefined : parseInstant(at),
  });
  const reason = provisioningV1.AccessReason[response.reason].toLowerCase();
  const rule = ruleOf(response.modelRule);
  output.answer(
    {
      allowed: response.allowed,
      reason,
      provision: response.provisionId || null,
      model_rule: rule,
      limits: response.limits.map(limitJson),
      resets_at: response.resetsAt?.toISOString() ?? null,
    },
    ['allowed', 'why', 'provision', 'model', 'limits', 'left'],
    [
      [
        response.allowed ? 'yes' : 'no',
        untilThen(inWords(reason), response.resetsAt),
        response.provisionId,
        inWords(rule ?? ''),
        describeApplying(response.limits),
        response.limits.map(describeLeft).join('\n'),
      ],
    ],
  );
};

/** INVALID `MODEL_IS_NAMED_AS_SLUG_AND_MODEL`. */
const addressed = (text: string): { provider: string; model: string } => {
  const slash = text.indexOf('/');
  if (!text.startsWith('@') || slash < 2) throw new AppError('INVALID', 'MODEL_IS_NAMED_AS_SLUG_AND_MODEL');
  return { provider: text.slice(1, slash), model: text.slice(slash + 1) };
};

const ruleOf = (rule: provisioningV1.ModelRule): string | null =>
  rule === provisioningV1.ModelRule.UNSPECIFIED ? null : provisioningV1.ModelRule[rule].toLowerCase();

const untilThen = (text: string, then: Date | undefined): string =>
  then ? `${text} until ${then.toISOString()}` : text;

const inWords = (code: string): string => code.replaceAll('_', ' ');

const scopeOf = ({ scope }: provisioningV1.ApplyingLimit): string =>
  provisioningV1.LimitScope[scope].toLowerCase();

const limitJson = (applying: provisioningV1.ApplyingLimit): object => ({
  scope: scopeOf(applying),
  scope_id: applying.scopeId,
  limit: applying.limit && typeV1.Limit.toJSON(applying.limit),
  left: applying.left?.$case === 'known' ? provisioningV1.LimitLeft.toJSON(applying.left.value) : 'unknown',
});

const describeApplying = (limits: readonly provisioningV1.ApplyingLimit[]): string =>
  limits
    .map((applying) => {
      const limit = applying.limit ? describeLimits([applying.limit]) : '';
      return `${inWords(scopeOf(applying))}: ${limit}`;
    })
    .join('\n') || 'no limits';

const describeLeft = ({ limit, left }: provisioningV1.ApplyingLimit): string => {
  if (left?.$case !== 'known') return 'unknown';
  const { remaining, resetsAt, exhausted } = left.value;
  const isUsd = limit?.kind?.$case === 'budget' && limit.kind.value.amount?.$case === 'nanoUsd';
  const amount = isUsd ? `${formatUsd(remaining)} USD` : String(remaining);
  return untilThen(exhausted ? `${amount}, exhausted` : amount, resetsAt);
};

const listAiProviders = async (
  { connection, output }: Session,
  { workspace: workspaceId, search }: ListOptions,
): Promise<void> => {
  const access = connection.access();
  const providers = await allPages(
    (pageToken) => access.listAiProviders({ workspaceId, search, pageSize: 200, pageToken }),
    (page) => page.providers,
  );
  output.answer(
    { providers: providers.map((provider) => provisioningV1.AiProvider.toJSON(provider)) },
    ['provider', 'name', 'of', 'models', 'status', 'limits', 'left'],
    providers.map((provider) => [
      `@${provider.slug}`,
      provider.name,
      provider.provider,
      String(provider.modelCount),
      describeStatus(provider),
      describeApplying(provider.limits),
      provider.limits.map(describeLeft).join('\n'),
    ]),
  );
};

const describeStatus = ({ status, resetsAt }: provisioningV1.AiProvider): string => {
  const word = provisioningV1.AiProviderStatus[status].toLowerCase();
  return untilThen(word, resetsAt);
};

const listAvailableModels = async (
  { connection, output }: Session,
  { workspace: workspaceId, search }: ListOptions,
): Promise<void> => {
  const access = connection.access();
  const models = await allPages(
    (pageToken) => access.listAvailableModels({ workspaceId, search, pageSize: 200, pageToken }),
    (page) => page.models,
  );
  output.answer(
    { models: models.map((model) => provisioningV1.AvailableModel.toJSON(model)) },
    ['model', 'of', 'USD per 1M input', 'USD per 1M output', 'context', 'output'],
    models.map(({ id, provider, prices, contextWindow, maxOutputTokens }) => [
      id,
      provider,
      usdOrUnknown(prices?.rates?.input),
      usdOrUnknown(prices?.rates?.output),
      contextWindow?.toString() ?? 'unknown',
      maxOutputTokens?.toString() ?? 'unknown',
    ]),
  );
};

const usdOrUnknown = (price: bigint | undefined): string =>
  price === undefined ? 'unknown' : formatUsd(price);
