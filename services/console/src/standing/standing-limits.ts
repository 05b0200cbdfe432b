import type { meteringV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';

const PAGE = 1_000;

/** Of one provision, workspace, API key, integration or organization: all of them. */
export const limitStatesOf = async (
  control: ControlPlane,
  scopeId: string,
): Promise<readonly meteringV1.LimitState[]> => {
  const states: meteringV1.LimitState[] = [];
  let pageToken = '';
  do {
    const page = await control.budgets.listLimitStates({ scopeId, pageSize: PAGE, pageToken });
    states.push(...page.limits);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return states;
};
