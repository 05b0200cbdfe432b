import { AppError } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';

const PAGE = 1_000;

/**
 * What the limits of a provision, workspace or key have spent in their periods. Undefined where that is unknown: the caller may not see
 * it, or metering is away.
 */
export const limitStatesOf = async (
  control: ControlPlane,
  scopeId: string,
): Promise<readonly meteringV1.LimitState[] | undefined> => {
  const states: meteringV1.LimitState[] = [];
  try {
    let pageToken = '';
    do {
      const page = await control.budgets.listLimitStates({ scopeId, pageSize: PAGE, pageToken });
      states.push(...page.limits);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return states;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'FORBIDDEN' || error.code === 'UNAVAILABLE'))
      return undefined;
    throw error;
  }
};

/** Nothing more is admitted under it in its period. */
export const isExhausted = ({ exhausted, limit, spent, held }: meteringV1.LimitState): boolean =>
  exhausted === true || spent + held >= limit;
