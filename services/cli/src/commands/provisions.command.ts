import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { describeProgress, parseExisting } from './bulk.command';
import { parseInstant } from '../instant-option';
import { type ListOptions, withListOptions } from '../list-options';
import {
  amountOf,
  boundsSame,
  type LimitOptions,
  type NewLimitOptions,
  parseLimits,
  parseNewLimits,
  withLimitOptions,
  withNewLimitOptions,
} from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface ProvisionOptions extends ChangeOptions, LimitOptions {
  readonly workspace?: readonly string[];
  readonly allWorkspaces?: boolean;
  readonly existing?: string;
  readonly model?: readonly string[];
  readonly expires?: Date;
  readonly slug?: string;
  readonly name?: string;
  readonly atLeastPosition: string;
}

/** `provision`, `provisions`, `limit`, `raise`, `expire`, `allow`, `rename-provision`, `enable`, `disable`. */
export const addProvisionCommands = (program: Command, act: Act): void => {
  withLimitOptions(
    withChangeOptions(
      program
        .command('provision')
        .description('make an integration callable in a workspace, or in many at once')
        .argument('<integration-id>')
        .option('--workspace <workspace-id...>', 'the workspace; may be given more than once')
        .option('--all-workspaces', 'every workspace that there is now')
        .option('--existing <keep-or-override>', 'of many: those that have it already; override by default')
        .option('--model <name...>', 'only these models; all by default')
        .option('--expires <time>', 'when it ends by itself, e.g. 2026-12-24T18:00:00Z', parseInstant)
        .option('--slug <slug>', "by which its callers name it; the integration's by default")
        .option('--name <name>', "for people; the integration's by default")
        .option('--at-least-position <position>', 'wait for a change just made', ''),
    ),
  ).action(act(provision));
  const listing = program
    .command('provisions')
    .description('list the provisions')
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--integration <integration-id>', 'only of this integration', '')
    .option('--archived', 'those of archived workspaces too')
    .addOption(new Option('--enabled <switch>', 'only those that are, or are not').choices(['yes', 'no']));
  withListOptions(listing, 'slug', 'created_at or slug').action(act(listProvisions));
  withNewLimitOptions(
    withChangeOptions(
      program.command('limit').description('replace the limits of a provision').argument('<provision-id>'),
    ),
  ).action(act(changeLimits));
  addEndCommands(program, act);
  withChangeOptions(
    program
      .command('allow')
      .description('say which models of an integration a provision may call')
      .argument('<provision-id>')
      .option('--model <name...>', 'these models')
      .option('--all', 'every model, now and later'),
  ).action(act(allowModels));
  withChangeOptions(
    program
      .command('rename-provision')
      .description('say what a provision is called in its workspace; "" for what the integration is called')
      .argument('<provision-id>')
      .option('--slug <slug>', 'by which its callers name it')
      .option('--name <name>', 'for people'),
  ).action(act(rename));
  withChangeOptions(
    program.command('enable').description('enable a provision').argument('<provision-id>'),
  ).action(act(enable));
  withChangeOptions(
    program.command('disable').description('disable a provision').argument('<provision-id>'),
  ).action(act(disable));
};

/** What lasts until a given time. */
const addEndCommands = (program: Command, act: Act): void => {
  withChangeOptions(
    program
      .command('raise')
      .description('give a provision more of one of its limits until a given time; 0 takes it back')
      .argument('<provision-id>')
      .option('--budget-usd <amount>', 'so much more, in US dollars')
      .option('--budget-tokens <count>', 'so many more tokens')
      .option('--requests-per <window=count...>', 'so many more requests, e.g. minute=60')
      .option('--tokens-per <window=count...>', 'so many more tokens in each window')
      .option('--until <time>', 'e.g. 2026-12-24T18:00:00Z', parseInstant),
  ).action(act(raise));
  withChangeOptions(
    program
      .command('expire')
      .description('say when a provision ends by itself')
      .argument('<provision-id>')
      .option('--at <time>', 'then, e.g. 2026-12-24T18:00:00Z', parseInstant)
      .option('--never', 'not by itself'),
  ).action(act(expire));
};

const provision = async (
  session: Session,
  options: ProvisionOptions,
  integrationId: string,
): Promise<void> => {
  const { workspace = [], allWorkspaces = false } = options;
  if (allWorkspaces === workspace.length > 0) throw new AppError('INVALID', 'EITHER_ALL_OR_WORKSPACES');
  const [workspaceId, ...more] = workspace;
  return workspaceId === undefined || more.length > 0
    ? provisionMany(session, options, integrationId)
    : provisionOne(session, options, { integrationId, workspaceId });
};

/** What one workspace and many are asked for in the same way. */
const wantedBy = ({ requestId, reason, atLeastPosition, model, ...options }: ProvisionOptions) => ({
  requestId,
  reason,
  atLeastPosition,
  limits: parseLimits(options),
  models: model === undefined ? undefined : { all: false, names: [...model] },
});

const provisionMany = async (
  { connection, output }: Session,
  options: ProvisionOptions,
  integrationId: string,
): Promise<void> => {
  if (options.slug !== undefined || options.name !== undefined)
    throw new AppError('INVALID', 'NAMED_WITH_ONE_WORKSPACE');
  const response = await connection.bulkProvisions().bulkProvision({
    ...wantedBy(options),
    integrationId,
    workspaceIds: [...(options.workspace ?? [])],
    allWorkspaces: options.allWorkspaces ?? false,
    existing: parseExisting(options.existing),
    expiresAt: options.expires,
  });
  output.answer(
    provisioningV1.BulkProvisionResponse.toJSON(response),
    ['bulk', 'progress'],
    [[response.bulk?.id ?? '', describeProgress(response.bulk)]],
  );
};

const provisionOne = async (
  { connection, output }: Session,
  options: ProvisionOptions,
  about: { readonly integrationId: string; readonly workspaceId: string },
): Promise<void> => {
  const response = await connection.provisions().provisionIntegration({
    ...wantedBy(options),
    ...about,
    expiresAt: options.expires,
    slug: options.slug ?? '',
    name: options.name ?? '',
  });
  output.answer(
    provisioningV1.ProvisionIntegrationResponse.toJSON(response),
    HEAD,
    rowsOf(response.provision),
  );
};

interface ListProvisionsOptions extends ListOptions {
  readonly workspace: string;
  readonly integration: string;
  readonly enabled?: 'yes' | 'no';
  readonly archived?: boolean;
}

const listProvisions = async (
  { connection, output }: Session,
  { workspace, integration, enabled, archived = false, search, orderBy }: ListProvisionsOptions,
): Promise<void> => {
  const client = connection.provisions();
  const provisions = await allPages(
    (pageToken) =>
      client.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({
          pageSize: 200,
          pageToken,
          workspaceId: workspace,
          integrationId: integration,
          includeArchived: archived,
          enabled: enabled && enabled === 'yes',
          search,
          orderBy,
        }),
      ),
    (page) => page.provisions,
  );
  output.answer(
    { provisions: provisions.map(provisioningV1.Provision.toJSON) },
    HEAD,
    provisions.flatMap(rowsOf),
  );
};

const changeLimits = async (
  { connection, output }: Session,
  options: ChangeOptions & NewLimitOptions,
  provisionId: string,
): Promise<void> => {
  const { requestId, reason } = options;
  const change = { requestId, reason, provisionId, limits: parseNewLimits(options) };
  const response = await connection.provisions().changeProvisionLimits(change);
  output.answer(
    provisioningV1.ChangeProvisionLimitsResponse.toJSON(response),
    HEAD,
    rowsOf(response.provision),
  );
};

const raise = async (
  { connection, output }: Session,
  options: ChangeOptions & Omit<LimitOptions, 'reset'> & { readonly until?: Date },
  provisionId: string,
): Promise<void> => {
  const { requestId, reason, until } = options;
  const client = connection.provisions();
  const [wanted, ...others] = parseLimits({ ...options, reset: 'monthly' });
  if (!wanted || others.length > 0) throw new AppError('INVALID', 'ONE_LIMIT_TO_RAISE');
  const known = await client.getProvision({ provisionId, atLeastPosition: '' });
  const limit = known.provision?.limits.find((one) => boundsSame(one, wanted));
  if (!limit) throw new AppError('NOT_FOUND', 'LIMIT_UNKNOWN');
  const more = amountOf(wanted);
  const change = { requestId, reason, provisionId, limitId: limit.id, more, until };
  const response = await client.raiseProvisionLimit(change);
  output.answer(
    provisioningV1.RaiseProvisionLimitResponse.toJSON(response),
    HEAD,
    rowsOf(response.provision),
  );
};

const expire = async (
  { connection, output }: Session,
  options: ChangeOptions & { readonly at?: Date; readonly never?: boolean },
  provisionId: string,
): Promise<void> => {
  const { requestId, reason, at, never = false } = options;
  if (never === (at !== undefined)) throw new AppError('INVALID', 'EITHER_AT_OR_NEVER');
  const change = { requestId, reason, provisionId, expiresAt: at };
  const response = await connection.provisions().changeProvisionExpiry(change);
  output.answer(
    provisioningV1.ChangeProvisionExpiryResponse.toJSON(response),
    HEAD,
    rowsOf(response.provision),
  );
};

const allowModels = async (
  { connection, output }: Session,
  options: ChangeOptions & { readonly model?: readonly string[]; readonly all?: boolean },
  provisionId: string,
): Promise<void> => {
  const { requestId, reason, model, all = false } = options;
  if (all === (model !== undefined)) throw new AppError('INVALID', 'EITHER_ALL_OR_MODELS');
  const models = { all, names: [...(model ?? [])] };
  const response = await connection.provisions().allowModels({ requestId, reason, provisionId, models });
  output.answer(provisioningV1.AllowModelsResponse.toJSON(response), HEAD, rowsOf(response.provision));
};

const rename = async (
  { connection, output }: Session,
  options: ChangeOptions & { readonly slug?: string; readonly name?: string },
  provisionId: string,
): Promise<void> => {
  const { requestId, reason, slug, name } = options;
  const response = await connection
    .provisions()
    .renameProvision({ requestId, reason, provisionId, slug, name });
  output.answer(provisioningV1.RenameProvisionResponse.toJSON(response), HEAD, rowsOf(response.provision));
};

const enable = async (
  { connection, output }: Session,
  options: ChangeOptions,
  provisionId: string,
): Promise<void> => {
  const { requestId, reason } = options;
  const response = await connection.provisions().enableProvision({ requestId, reason, provisionId });
  output.answer(provisioningV1.EnableProvisionResponse.toJSON(response), HEAD, rowsOf(response.provision));
};

const disable = async (
  { connection, output }: Session,
  options: ChangeOptions,
  provisionId: string,
): Promise<void> => {
  const { requestId, reason } = options;
  const response = await connection.provisions().disableProvision({ requestId, reason, provisionId });
  output.answer(provisioningV1.DisableProvisionResponse.toJSON(response), HEAD, rowsOf(response.provision));
};

const HEAD = ['provision', 'slug', 'name', 'workspace', 'enabled', 'until', 'limits', 'models'];

const rowsOf = (provision: provisioningV1.Provision | undefined): string[][] =>
  provision
    ? [
        [
          provision.id,
          `@${provision.slug}`,
          provision.name,
          provision.workspaceId,
          provision.enabled ? 'yes' : 'no',
          provision.expiresAt?.toISOString() ?? '',
          describeLimits(provision.limits),
          provision.models?.all ? 'all' : (provision.models?.names.join('\n') ?? ''),
        ],
      ]
    : [];
