import { fromGrpcError } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { amountIn } from '../amount-in';
import type { Output } from '../output';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

type Action = (session: Session, limitId: string, options: ChangeOptions) => Promise<void>;

/** `budget ID`, `budget ID watch|reset|waive|release`. */
export const addBudgetCommands = (program: Command, act: Act): void => {
  withChangeOptions(
    program
      .command('budget')
      .description(
        'one limit: where it stands in its present period, once or whenever that changes; begin it anew, take what is in doubt for not billed, or give back what is in quarantine: who holds it will not speak again',
      )
      .argument('<limit>', 'its id')
      .argument('[action]', Object.keys(ACTIONS).join(' | '), 'show'),
  ).action(act(budget));
};

const budget = (session: Session, options: ChangeOptions, limitId: string, name = 'show'): Promise<void> => {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    const metadata = { action: name, known: Object.keys(ACTIONS).join(', ') };
    throw new AppError('INVALID', 'ACTION_UNKNOWN', { metadata });
  }
  return action(session, limitId, options);
};

const show: Action = async ({ connection, output }, limitId) =>
  answer(output, (await connection.budgets().getBudget({ limitId })).budget);

const reset: Action = async ({ connection, output }, limitId, { requestId, reason }) =>
  answer(output, (await connection.budgets().resetBudget({ limitId, requestId, reason })).budget);

const waive: Action = async ({ connection, output }, limitId, { requestId, reason }) =>
  answer(output, (await connection.budgets().waiveDoubt({ limitId, requestId, reason })).budget);

const release: Action = async ({ connection, output }, limitId, { requestId, reason }) => {
  const { budget: standing, released } = await connection
    .budgets()
    .releaseHeld({ limitId, requestId, reason });
  output.note(`${released} leases released`);
  answer(output, standing);
};

const answer = (output: Output, standing: meteringV1.BudgetStanding | undefined): void => {
  if (!standing) return;
  output.answer(
    meteringV1.BudgetStanding.toJSON(standing),
    ['limit', 'scope', 'of', 'spent', 'held', 'in quarantine', 'remaining', 'told at', 'crossed', 'resets'],
    [cellsOf(standing)],
  );
};

/** A stream that the service has ended is asked for again: each ends after a while. */
const watch: Action = async ({ connection, output }, limitId) => {
  for (;;) {
    try {
      for await (const { budget: standing } of connection.budgets().watchBudget({ limitId })) {
        if (standing) output.live(meteringV1.BudgetStanding.toJSON(standing), describe(standing));
      }
    } catch (error) {
      throw fromGrpcError(error as Parameters<typeof fromGrpcError>[0]);
    }
  }
};

const ACTIONS: Readonly<Record<string, Action>> = { show, watch, reset, waive, release };

const cellsOf = ({
  state,
  remaining,
  thresholds,
  thresholdsCrossed,
}: meteringV1.BudgetStanding): readonly string[] => {
  const say = (amount: bigint): string => amountIn(state?.unit, amount);
  return [
    state?.limitId ?? '',
    state?.scopeId ?? '',
    say(state?.limit ?? 0n),
    say(state?.spent ?? 0n),
    say(state?.held ?? 0n),
    say(state?.quarantined ?? 0n),
    state?.exhausted ? `${say(remaining)}, exhausted` : say(remaining),
    percents(thresholds),
    percents(thresholdsCrossed),
    state?.resetsAt?.toISOString() ?? 'never',
  ];
};

const describe = (standing: meteringV1.BudgetStanding): string => {
  const [, , of, spent, held, quarantined, remaining, , crossed, resets] = cellsOf(standing);
  return `${spent} of ${of} spent (${crossed}), ${held} held, ${quarantined} in quarantine, ${remaining} left, resets ${resets}`;
};

const percents = (all: readonly number[]): string => (all.length === 0 ? 'none' : `${all.join(', ')} %`);
