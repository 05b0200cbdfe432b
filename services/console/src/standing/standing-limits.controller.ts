import type { meteringV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import { shownIn } from '../adapters/grpc/shown-in';
import { limitStatesOfAll } from '../limits/limit-states';
import type { Asked } from '../rest/asked';
import { ALL_BY_DEFAULT, pageIn, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { toRestLimitDetails, toRestStandingLimit } from './standing-limit-conversion';
import * as routes from './standing-limit.routes';
import type { LimitDetailsAnswer } from './standing-limit.schema';

@Controller()
export class StandingLimitsController {
  @Serves(routes.listStandingLimits)
  async list(
    @AskedOf() { path, query, control }: Asked<typeof routes.listStandingLimits>,
  ): Promise<AnswerOf<typeof routes.listStandingLimits>> {
    const limits = (await limitStatesOfAll(control, [path.scope])).map((state) => toRestStandingLimit(state));
    return { object: 'list', ...pageIn(limits, pageOf(query, ALL_BY_DEFAULT)) };
  }

  @Serves(routes.getLimit)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getLimit>,
  ): Promise<AnswerOf<typeof routes.getLimit>> {
    return detailsIn(await control.budgets.getBudget({ limitId: path.limit }));
  }

  @Serves(routes.resetLimit)
  async reset(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.resetLimit>,
  ): Promise<AnswerOf<typeof routes.resetLimit>> {
    const { reason } = body;
    return detailsIn(await control.budgets.resetBudget({ requestId, reason, limitId: path.limit }));
  }
}

const detailsIn = ({ budget }: meteringV1.GetBudgetResponse): LimitDetailsAnswer => {
  const standing = shownIn(budget);
  return toRestLimitDetails(standing, shownIn(standing.state));
};
