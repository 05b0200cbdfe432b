import { randomUUID } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import type { typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';

/** `reset_usage`: ends the present period of the budgets that there are, and that were there before a change. */
export const resetUsage = async (
  control: ControlPlane,
  { before, after }: Readonly<Record<'before' | 'after', readonly typeV1.Limit[]>>,
): Promise<void> => {
  const stood = new Set(before.map(({ id }) => id));
  for (const { id, kind } of after)
    if (kind?.$case === 'budget' && stood.has(id)) await resetBudget(control, id);
};

const resetBudget = async (control: ControlPlane, limitId: string): Promise<void> => {
  try {
    await control.budgets.resetBudget({ requestId: randomUUID(), reason: 'reset_usage', limitId });
  } catch (error) {
    // Of what metering has not heard of yet nothing is spent.
    if (!(error instanceof AppError && error.reason === 'LIMIT_UNKNOWN')) throw error;
  }
};
