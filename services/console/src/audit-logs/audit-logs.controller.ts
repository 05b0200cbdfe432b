import { auditV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import { shownIn } from '../adapters/grpc/shown-in';
import type { Asked } from '../rest/asked';
import { gathered, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { toRestAuditLog } from './audit-log-conversion';
import * as routes from './audit-log.routes';

const PAGE_BY_DEFAULT = 50;

@Controller()
export class AuditLogsController {
  @Serves(routes.listAuditLogs)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listAuditLogs>,
  ): Promise<AnswerOf<typeof routes.listAuditLogs>> {
    const filter = {
      ...{ type: query.action ?? '', actorId: query.user_id ?? '', requestId: query.request_id ?? '' },
      ...{ from: new Date(query.start_time), to: new Date(query.end_time) },
    };
    const { total, items } = await gathered(
      pageOf(query, PAGE_BY_DEFAULT),
      (part) => control.events.listHistory(auditV1.ListHistoryRequest.fromPartial({ ...filter, ...part })),
      ({ changes }) => changes,
    );
    const records = items.map(({ event }) => toRestAuditLog(shownIn(event)));
    return { object: 'analytics-graph', total, records };
  }
}
