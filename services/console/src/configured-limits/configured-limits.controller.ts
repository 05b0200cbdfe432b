import { Controller } from '@nestjs/common';
import { fromRestWholeLimits, toRestWholeLimit } from '../limits/whole-limit-conversion';
import type { Asked } from '../rest/asked';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import * as routes from './configured-limits.routes';
import type { ConfiguredLimitsAnswer } from './configured-limits.schema';
import { type Held, limitScope } from './limit-scope';

@Controller()
export class ConfiguredLimitsController {
  @Serves(routes.getConfiguredLimits)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getConfiguredLimits>,
  ): Promise<AnswerOf<typeof routes.getConfiguredLimits>> {
    return toRestConfiguredLimits(path.scope, await limitScope(control, path.scope).get());
  }

  @Serves(routes.changeConfiguredLimits)
  async change(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.changeConfiguredLimits>,
  ): Promise<AnswerOf<typeof routes.changeConfiguredLimits>> {
    const { reason, revision } = body;
    const changed = await limitScope(control, path.scope).change({
      ...{ requestId, reason, limits: fromRestWholeLimits(body.limits, 'limits') },
      expectedRevision: revision ? BigInt(revision) : undefined,
    });
    return toRestConfiguredLimits(path.scope, changed);
  }
}

const toRestConfiguredLimits = (scope: string, { limits, revision }: Held): ConfiguredLimitsAnswer => ({
  scope_id: scope,
  limits: limits.map(toRestWholeLimit),
  revision: String(revision),
  object: 'configured-limits',
});
