import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { parseExisting } from './bulk.command';
import { describeReplay } from '../describe-replay';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

type Previewed = NonNullable<provisioningV1.ProposedCommand['command']>;

interface GivenOptions extends ChangeOptions, LimitOptions {
  readonly model?: readonly string[];
}

interface ProvisionOptions extends GivenOptions {
  readonly workspace?: readonly string[];
  readonly allWorkspaces?: boolean;
  readonly existing?: string;
}

/** As many workspaces as are told one by one. */
const TOLD = 100;

const { ChangeEffect, IntegrationChange } = provisioningV1;

/** `preview provision|auto-provision|limit|key-limit|allow|key-models|models`, `preview disable|delete|rotate`. */
export const addPreviewCommands = (program: Command, act: Act): void => {
  const preview = program.command('preview').description('what a command would change, without changing it');
  withLimitOptions(
    withChangeOptions(
      preview.command('provision').description('giving an integration').argument('<integration-id>'),
    )
      .option('--workspace <workspace-id...>', 'to this workspace; may be given more than once')
      .option('--all-workspaces', 'to every workspace that there is now')
      .option('--existing <keep-or-override>', 'of many: those that have it already; override by default')
      .option('--model <name...>', 'only these models; all by default'),
  ).action(act(previewProvision));
  withLimitOptions(
    withChangeOptions(
      preview
        .command('auto-provision')
        .description('giving it to every new workspace: as if those that there are were new')
        .argument('<integration-id>'),
    ).option('--model <name...>', 'only these models; all by default'),
  ).action(act(previewAutoProvision));
  withLimitOptions(
    withChangeOptions(preview.command('limit').description('other limits').argument('<provision-id>')),
  ).action(act(previewLimit));
  withLimitOptions(
    withChangeOptions(
      preview.command('key-limit').description('other limits of each key').argument('<workspace-id>'),
    ),
  ).action(act(previewKeyLimit));
  withChangeOptions(preview.command('allow').description('other models').argument('<provision-id>'))
    .option('--model <name...>', 'these models')
    .option('--all', 'every model, now and later')
    .action(act(previewAllow));
  withChangeOptions(
    preview.command('key-models').description('other models of a key').argument('<api-key-id>'),
  )
    .option('--model <name...>', 'these models, named @slug/model')
    .option('--all', 'every model of its workspace, now and later')
    .action(act(previewKeyModels));
  preview
    .command('models')
    .description('other models that an integration offers: whose calls would have been refused')
    .argument('<integration-id>')
    .option('--only <name...>', 'these and no others')
    .option('--without <name...>', 'all but these')
    .action(act(previewIntegrationModels));
  for (const [name, change] of [
    ['disable', IntegrationChange.DISABLE],
    ['delete', IntegrationChange.DELETE],
    ['rotate', IntegrationChange.ROTATE],
  ] as const)
    preview
      .command(name)
      .description(`to ${name} an integration: which workspaces and keys that hits`)
      .argument('<integration-id>')
      .action(
        act((session: Session, _options: object, integrationId: string) =>
          previewIntegration(session, integrationId, change),
        ),
      );
};

const previewIntegration = async (
  { connection, output }: Session,
  integrationId: string,
  change: provisioningV1.IntegrationChange,
): Promise<void> => {
  const client = connection.previews();
  const pages: provisioningV1.PreviewIntegrationChangeResponse[] = [];
  const provisions = await allPages(
    async (pageToken) => {
      const request = { integrationId, change, pageSize: 200, pageToken, atLeastPosition: '' };
      const page = await client.previewIntegrationChange(request);
      pages.push(page);
      return page;
    },
    (page) => page.provisions,
  );
  const needsApproval = pages.some((page) => page.needsApproval);
  output.answer(
    { provisions: provisions.map(provisioningV1.HitProvision.toJSON), needsApproval },
    ['provision', 'slug', 'workspace', 'what comes of it', 'keys'],
    provisions.map((hit) => [
      hit.provision?.id ?? '',
      `@${hit.provision?.slug}`,
      `${hit.workspaceName} (${hit.provision?.workspaceId})`,
      EFFECTS[hit.effect],
      describeKeys(hit),
    ]),
  );
  const keys = provisions.reduce((sum, { keyCount }) => sum + keyCount, 0);
  output.note(`${provisions.length} workspaces, ${keys} keys`);
  if (needsApproval) output.note('it would wait for a second admin');
};

const EFFECTS: Readonly<Record<provisioningV1.ChangeEffect, string>> = {
  [ChangeEffect.UNSPECIFIED]: 'unknown to this version',
  [ChangeEffect.NONE]: 'nothing: nobody calls by it now',
  [ChangeEffect.STOPS]: 'calls are refused until it is enabled again',
  [ChangeEffect.ENDS]: 'it serves nobody any more',
  [ChangeEffect.GOES_ON]: 'calls go on, with the new credential',
};

const describeKeys = ({ keys, keyCount }: provisioningV1.HitProvision): string => {
  const told = keys.map(({ name, prefix }) => `${name} (${prefix}…)`);
  return [...told, ...(keyCount > keys.length ? [`and ${keyCount - keys.length} more`] : [])].join('\n');
};

const previewProvision = (
  session: Session,
  { workspace = [], allWorkspaces = false, existing, ...options }: ProvisionOptions,
  integrationId: string,
): Promise<void> => {
  if (allWorkspaces === workspace.length > 0) throw new AppError('INVALID', 'EITHER_WORKSPACES_OR_ALL');
  const given = givenBy(options, integrationId);
  const [first = ''] = workspace;
  if (workspace.length === 1 && existing === undefined) {
    const value = provisioningV1.ProvisionIntegrationRequest.fromPartial({ ...given, workspaceId: first });
    return show(session, { $case: 'provisionIntegration', value });
  }
  const value = provisioningV1.BulkProvisionRequest.fromPartial({
    ...given,
    workspaceIds: [...workspace],
    allWorkspaces,
    existing: parseExisting(existing),
  });
  return show(session, { $case: 'bulkProvision', value });
};

const previewAutoProvision = (
  session: Session,
  options: GivenOptions,
  integrationId: string,
): Promise<void> => {
  const value = provisioningV1.SetAutoProvisionRequest.fromPartial(givenBy(options, integrationId));
  return show(session, { $case: 'setAutoProvision', value });
};

const givenBy = ({ requestId, reason, model, ...options }: GivenOptions, integrationId: string) => ({
  ...{ requestId, reason, integrationId, limits: parseLimits(options) },
  models: model && { all: false, names: [...model] },
});

const previewLimit = (
  session: Session,
  { requestId, reason, ...options }: ChangeOptions & LimitOptions,
  provisionId: string,
): Promise<void> =>
  show(session, {
    $case: 'changeProvisionLimits',
    value: { requestId, reason, provisionId, limits: parseLimits(options) },
  });

const previewKeyLimit = (
  session: Session,
  { requestId, reason, ...options }: ChangeOptions & LimitOptions,
  workspaceId: string,
): Promise<void> =>
  show(session, {
    $case: 'changeLimits',
    value: {
      ...{ requestId, reason, limits: parseLimits(options), atLeastPosition: '' },
      holder: { holder: { $case: 'keysOfWorkspaceId', value: workspaceId } },
    },
  });

interface ModelsOptions extends ChangeOptions {
  readonly model?: readonly string[];
  readonly all?: boolean;
}

const modelsIn = ({ model = [], all = false }: ModelsOptions) => {
  if (all === model.length > 0) throw new AppError('INVALID', 'GIVE_MODELS_OR_ALL');
  return { all, names: [...model] };
};

const previewAllow = (session: Session, options: ModelsOptions, provisionId: string): Promise<void> => {
  const { requestId, reason } = options;
  return show(session, {
    $case: 'allowModels',
    value: { requestId, reason, provisionId, models: modelsIn(options) },
  });
};

const previewKeyModels = (session: Session, options: ModelsOptions, apiKeyId: string): Promise<void> => {
  const { requestId, reason } = options;
  const value = provisioningV1.ChangeApiKeyModelsRequest.fromPartial({
    ...{ requestId, reason, apiKeyId, models: modelsIn(options) },
  });
  return show(session, { $case: 'changeApiKeyModels', value });
};

const previewIntegrationModels = async (
  { connection, output }: Session,
  { only = [], without = [] }: { readonly only?: readonly string[]; readonly without?: readonly string[] },
  integrationId: string,
): Promise<void> => {
  const response = await connection.previews().previewIntegrationModels({
    ...{ integrationId, only: [...only], without: [...without] },
    ...{ pageSize: TOLD, skip: 0, atLeastPosition: '' },
  });
  const { models } = response;
  output.answer(
    provisioningV1.PreviewIntegrationModelsResponse.toJSON(response),
    ['model', 'calls refused'],
    (models?.models ?? []).map(({ model, requests }) => [model, `${requests}`]),
  );
  if (!models) output.note(UNKNOWN);
  for (const line of models ? describeReplay({ limits: [], models }) : []) output.note(line);
};

const UNKNOWN = 'how the last period would have fared is unknown: metering does not say';

const show = async ({ connection, output }: Session, command: Previewed): Promise<void> => {
  const response = await connection
    .previews()
    .previewCommand({ command: { command }, pageSize: TOLD, skip: 0 });
  const { events, letsMore, needsApproval, usage, usageUnknown } = response;
  output.answer(
    provisioningV1.PreviewCommandResponse.toJSON(response),
    ['of', 'would be recorded', 'with'],
    events.map(({ stream, type, dataJson }) => [stream, type, JSON.stringify(JSON.parse(dataJson), null, 2)]),
  );
  if (letsMore)
    output.note(
      `it lets more be spent or called${needsApproval ? ', and would wait for a second admin' : ''}`,
    );
  if (usageUnknown) output.note(UNKNOWN);
  for (const line of usage ? describeReplay(usage) : []) output.note(line);
};
