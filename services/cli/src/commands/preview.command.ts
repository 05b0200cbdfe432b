import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

type Previewed = NonNullable<provisioningV1.ProposedCommand['command']>;

interface ProvisionOptions extends ChangeOptions, LimitOptions {
  readonly workspace: string;
  readonly model?: readonly string[];
}

/** `preview provision`, `preview limit`, `preview allow`. */
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
  withChangeOptions(preview.command('allow').description('other models').argument('<provision-id>'))
    .option('--model <name...>', 'these models')
    .option('--all', 'every model, now and later')
    .action(act(previewAllow));
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
  const { events, letsMore, needsApproval } = response;
  output.answer(
    provisioningV1.PreviewCommandResponse.toJSON(response),
    ['of', 'would be recorded', 'with'],
    events.map(({ stream, type, dataJson }) => [stream, type, JSON.stringify(JSON.parse(dataJson), null, 2)]),
  );
  if (letsMore)
    output.note(
      `it lets more be spent or called${needsApproval ? ', and would wait for a second admin' : ''}`,
    );
};
