import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { describeLimits } from '../describe-limits';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type ChangeOptions, type Session, withChangeOptions } from '../session';

export interface LimitChangeOptions extends ChangeOptions, LimitOptions {
  readonly show?: boolean;
}

/** The options of a command that replaces limits. */
export const withLimitChangeOptions = (command: Command): Command =>
  withLimitOptions(withChangeOptions(command)).option('--show', 'print them, and change nothing');

type Holder = NonNullable<provisioningV1.LimitHolder['holder']>;

/** Replaces the limits of what is more than one workspace or provision, or shows them. */
export const limitHolder = async (
  { connection, output }: Session,
  { requestId, reason, show = false, ...options }: LimitChangeOptions,
  held: Holder,
): Promise<void> => {
  const client = connection.limits();
  const holder = { holder: held };
  if (show) {
    const response = await client.getLimits({ holder });
    output.answer(provisioningV1.GetLimitsResponse.toJSON(response), HEAD, rowsOf(response.limits));
    return;
  }
  const response = await client.changeLimits({ requestId, reason, holder, limits: parseLimits(options) });
  output.answer(provisioningV1.ChangeLimitsResponse.toJSON(response), HEAD, rowsOf(response.limits));
};

const HEAD = ['whose', 'limits'];

const rowsOf = (held: provisioningV1.HeldLimits | undefined): string[][] =>
  held ? [[describeHolder(held.holder?.holder), describeLimits(held.limits)]] : [];

const describeHolder = (holder: provisioningV1.LimitHolder['holder']): string => {
  switch (holder?.$case) {
    case 'organization':
      return 'the organization, over all its workspaces';
    case 'integrationId':
      return `${holder.value}, over all its provisions`;
    case 'keysOfWorkspaceId':
      return `each key of ${holder.value}`;
    case undefined:
      return '';
  }
};
