import type { OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ConnectionSubject, ConnectionTargets } from './connection-targets';
import { type ConnectionReport, Egress } from './egress.ports';

export class TestConnectionQuery extends Query<ConnectionReport> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly subject: ConnectionSubject,
  ) {
    super();
  }
}

/** There is nothing of this provider's that costs nothing. */
export const NOTHING_TO_ASK: ConnectionReport = {
  outcome: 'NOTHING_TO_ASK',
  httpStatus: 0,
  detail: '',
  durationMs: 0,
};

/**
 * Whether a credential works. Errors: those of `ConnectionTargets`, and UNAVAILABLE `EGRESS_UNAVAILABLE`; whatever the
 * provider does is an outcome.
 */
@QueryHandler(TestConnectionQuery)
export class TestConnectionHandler implements IQueryHandler<TestConnectionQuery> {
  constructor(
    private readonly targets: ConnectionTargets,
    private readonly egress: Egress,
  ) {}

  async execute({ organizationId, subject }: TestConnectionQuery): Promise<ConnectionReport> {
    const target = await this.targets.of(organizationId, subject, 'test');
    return target === undefined ? NOTHING_TO_ASK : this.egress.test(target);
  }
}
