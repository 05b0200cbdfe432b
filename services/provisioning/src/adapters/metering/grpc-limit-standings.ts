import type { Promised } from '@gatehouse/grpc';
import { type LimitId, limitId, type OrganizationId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { LimitStandings } from '../../app/access/access.ports';
import type { LimitStanding } from '../../domain/access/applying-limit';

const PAGE_SIZE = 1_000;

/** Where limits stand is told by metering. One that does not answer makes them unknown, and no call fail. */
export class GrpcLimitStandings extends LimitStandings implements OnApplicationShutdown {
  constructor(
    private readonly budgets: Pick<
      Promised<meteringV1.BudgetServiceClient>,
      'listScopeLimitStates' | 'close'
    >,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.budgets.close();
  }

  async of(
    organizationId: OrganizationId,
    scopeIds: readonly string[],
  ): Promise<ReadonlyMap<LimitId, LimitStanding>> {
    try {
      return await this.read(organizationId, scopeIds);
    } catch (error) {
      this.log.warn({ err: error }, 'metering does not say where limits stand');
      return new Map();
    }
  }

  private async read(organizationId: OrganizationId, scopeIds: readonly string[]) {
    const standings = new Map<LimitId, LimitStanding>();
    let pageToken = '';
    do {
      const page = await this.budgets.listScopeLimitStates({
        organizationId,
        scopeIds: [...scopeIds],
        pageSize: PAGE_SIZE,
        pageToken,
      });
      for (const { limitId: id, spent, held, resetsAt, exhausted } of page.limits) {
        const looked = exhausted !== undefined && { exhausted };
        standings.set(limitId(id), { spent, held, ...(resetsAt && { resetsAt }), ...looked });
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return standings;
  }
}

/** Where metering has no address, nobody knows. */
export class UnknownLimitStandings extends LimitStandings {
  async of(): Promise<ReadonlyMap<LimitId, LimitStanding>> {
    return new Map();
  }
}
