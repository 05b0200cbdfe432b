import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeReplay } from '../describe-replay';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

type Previewed = NonNullable<provisioningV1.ProposedCommand['command']>;

interface ProvisionOptions extends ChangeOptions, LimitOptions {
  readonly workspace: string;
  readonly model?: readonly string[];
}

const { ChangeEffect, IntegrationChange } = provisioningV1;

/** `preview provision|limit|key-limit|allow`, `preview disable|delete|rotate`. */
export const addPreviewCommands = (program: Command, act: Act): void => {
  const preview = program.command('preview').description('what a command would change, without changing it');
  withLimitOptions(
    withChangeOptions(
      preview.command('provision').description('giving an integration').argument('<integration-id>'),
    )
      .requiredOption('--workspace <workspace-id>', 'to this workspace')
      .option('--model <name...>', 'only these models; all by default'),
  ).action(act(previewProvision));
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
  { requestId, reason, workspace, model, ...options }: ProvisionOptions,
  integrationId: string,
): Promise<void> => {
  const value = provisioningV1.ProvisionIntegrationRequest.fromPartial({
    ...{ requestId, reason, integrationId, workspaceId: workspace, limits: parseLimits(options) },
    models: model && { all: false, names: [...model] },
  });
  return show(session, { $case: 'provisionIntegration', value });
};

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
      ...{ requestId, reason, limits: parseLimits(options) },
      holder: { holder: { $case: 'keysOfWorkspaceId', value: workspaceId } },
    },
  });

const previewAllow = (
  session: Session,
  {
    requestId,
    reason,
    model = [],
    all = false,
  }: ChangeOptions & { readonly model?: readonly string[]; readonly all?: boolean },
  provisionId: string,
): Promise<void> => {
  if (all === model.length > 0) throw new AppError('INVALID', 'GIVE_MODELS_OR_ALL');
  return show(session, {
    $case: 'allowModels',
    value: { requestId, reason, provisionId, models: { all, names: [...model] } },
  });
};

const show = async ({ connection, output }: Session, command: Previewed): Promise<void> => {
  const response = await connection.previews().previewCommand({ command: { command } });
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
  if (usageUnknown) output.note('how the last period would have fared is unknown: metering does not say');
  for (const line of usage ? describeReplay(usage) : []) output.note(line);
};
