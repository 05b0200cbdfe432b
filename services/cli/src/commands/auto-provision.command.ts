import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { parseExisting } from './bulk.command';
import { describeLimits } from '../describe-limits';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface AutoProvisionOptions extends ChangeOptions, LimitOptions {
  readonly on?: boolean;
  readonly off?: boolean;
  readonly models?: string;
  readonly existing?: string;
  readonly atLeastPosition: string;
}

/** `auto-provision`. */
export const addAutoProvisionCommand = (program: Command, act: Act): void => {
  withLimitOptions(
    withChangeOptions(
      program
        .command('auto-provision')
        .description('say whether new workspaces get an integration by themselves, and with what')
        .argument('<integration-id>')
        .argument('[show]', '`show`, where nothing is to be changed')
        .option('--on', 'every workspace that is created from now on gets it')
        .option('--off', 'workspaces that are created from now on do not get it')
        .option('--models <names>', 'only these models, separated by commas; all by default')
        .option('--existing <keep-or-override>', 'workspaces that are there already get it too')
        .option('--at-least-position <position>', 'wait for a change just made', ''),
    ),
  ).action(act(autoProvision));
};

const autoProvision = async (
  session: Session,
  options: AutoProvisionOptions,
  integrationId: string,
  show?: string,
): Promise<void> => {
  const { on = false, off = false } = options;
  const wanted = [show === 'show', on, off].filter(Boolean).length;
  if (wanted !== 1 || (show !== undefined && show !== 'show')) {
    throw new AppError('INVALID', 'EITHER_ON_OR_OFF_OR_SHOW');
  }
  if (on) return turnOn(session, options, integrationId);
  if (off) return turnOff(session, options, integrationId);
  const { connection, output } = session;
  const response = await connection
    .autoProvisions()
    .getAutoProvision({ integrationId, atLeastPosition: options.atLeastPosition });
  output.answer(
    provisioningV1.GetAutoProvisionResponse.toJSON(response),
    HEAD,
    rowsOf(response.autoProvision),
  );
};

const turnOn = async (
  { connection, output }: Session,
  options: AutoProvisionOptions,
  integrationId: string,
): Promise<void> => {
  const { requestId, reason, models, existing, atLeastPosition } = options;
  const response = await connection.autoProvisions().setAutoProvision({
    requestId,
    reason,
    integrationId,
    limits: parseLimits(options),
    models: models === undefined ? undefined : { all: false, names: models.split(',') },
    atLeastPosition,
    existing: parseExisting(existing),
  });
  output.answer(
    provisioningV1.SetAutoProvisionResponse.toJSON(response),
    response.bulkId === '' ? HEAD : [...HEAD, 'bulk'],
    rowsOf(response.autoProvision).map((row) => (response.bulkId === '' ? row : [...row, response.bulkId])),
  );
};

const turnOff = async (
  { connection, output }: Session,
  { requestId, reason, atLeastPosition }: AutoProvisionOptions,
  integrationId: string,
): Promise<void> => {
  const response = await connection
    .autoProvisions()
    .turnOffAutoProvision({ requestId, reason, integrationId, atLeastPosition });
  output.answer(
    provisioningV1.TurnOffAutoProvisionResponse.toJSON(response),
    HEAD,
    rowsOf(response.autoProvision),
  );
};

const HEAD = ['integration', 'slug', 'new workspaces get it', 'limits', 'models'];

const rowsOf = (policy: provisioningV1.AutoProvision | undefined): string[][] =>
  policy
    ? [
        [
          policy.integrationId,
          `@${policy.slug}`,
          policy.on ? 'yes' : 'no',
          describeLimits(policy.limits),
          policy.models?.all ? 'all' : (policy.models?.names.join('\n') ?? ''),
        ],
      ]
    : [];
