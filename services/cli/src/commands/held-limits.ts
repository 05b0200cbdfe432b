import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { describeLimits } from '../describe-limits';
import { describeHolder } from '../describe-proposed';
import { type NewLimitOptions, parseNewLimits, withNewLimitOptions } from '../limit-options';
import { type ChangeOptions, type Session, withChangeOptions } from '../session';

export interface LimitChangeOptions extends ChangeOptions, NewLimitOptions {
  readonly show?: boolean;
  readonly expectedRevision?: bigint;
  /** Of an integration that was just connected. */
  readonly atLeastPosition?: string;
}

/** The options of a command that replaces limits. */
export const withLimitChangeOptions = (command: Command): Command =>
  withNewLimitOptions(withChangeOptions(command))
    .option('--show', 'print them, and change nothing')
    .option(
      '--expected-revision <revision>',
      'only while they are as they were read, by --show',
      parseRevision,
    );

type Holder = NonNullable<provisioningV1.LimitHolder['holder']>;

/** Replaces the limits of what is more than one workspace or provision, or shows them. */
export const limitHolder = async (
  { connection, output }: Session,
  { requestId, reason, show = false, expectedRevision, atLeastPosition = '', ...options }: LimitChangeOptions,
  held: Holder,
): Promise<void> => {
  const client = connection.limits();
  const holder = { holder: held };
  if (show) {
    const response = await client.getLimits({ holder, atLeastPosition });
    output.answer(provisioningV1.GetLimitsResponse.toJSON(response), HEAD, rowsOf(response.limits));
    return;
  }
  const change = { requestId, reason, holder, expectedRevision, atLeastPosition };
  const response = await client.changeLimits({ ...change, limits: parseNewLimits(options) });
  output.answer(provisioningV1.ChangeLimitsResponse.toJSON(response), HEAD, rowsOf(response.limits));
};

/** INVALID `REVISION_MALFORMED`; -1 expects that there never were any. */
const parseRevision = (text: string): bigint => {
  if (!/^(-1|\d{1,18})$/.test(text))
    throw new AppError('INVALID', 'REVISION_MALFORMED', { metadata: { text } });
  return BigInt(text);
};

const HEAD = ['whose', 'limits', 'revision'];

const rowsOf = (held: provisioningV1.HeldLimits | undefined): string[][] =>
  held ? [[describeHolder(held.holder?.holder), describeLimits(held.limits), String(held.revision)]] : [];
