import { AppError } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { inSteps } from '../rest/paging';

const PAGE = 1_000;

/** All limits of provisions, workspaces, API keys, integrations or organizations, by their ids; of none where none is named. */
export const limitStatesOfAll = async (
  control: ControlPlane,
  scopeIds: readonly string[],
): Promise<readonly meteringV1.LimitState[]> =>
  (await Promise.all(inSteps(scopeIds).map((some) => statesOf(control, some)))).flat();

const statesOf = async (
  control: ControlPlane,
  scopeIds: readonly string[],
): Promise<readonly meteringV1.LimitState[]> => {
  const states: meteringV1.LimitState[] = [];
  let pageToken = '';
  do {
    const page = await control.budgets.listLimitStates(
      meteringV1.ListLimitStatesRequest.fromPartial({ scopeIds: [...scopeIds], pageSize: PAGE, pageToken }),
    );
    states.push(...page.limits);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return states;
};

/** The same, undefined where that is unknown: the caller may not see it, or metering is away. */
export const limitStatesUnlessUnknown = async (
  control: ControlPlane,
  scopeIds: readonly string[],
): Promise<readonly meteringV1.LimitState[] | undefined> => {
  try {
    return await limitStatesOfAll(control, scopeIds);
  } catch (error) {
    if (error instanceof AppError && (error.code === 'FORBIDDEN' || error.code === 'UNAVAILABLE'))
      return undefined;
    throw error;
  }
};

/** Of one of them. */
export const limitStatesOf = (
  control: ControlPlane,
  scopeId: string,
): Promise<readonly meteringV1.LimitState[] | undefined> => limitStatesUnlessUnknown(control, [scopeId]);

/** Nothing more is admitted under it in its period. */
export const isExhausted = ({ exhausted, limit, spent, held }: meteringV1.LimitState): boolean =>
  exhausted === true || spent + held >= limit;
