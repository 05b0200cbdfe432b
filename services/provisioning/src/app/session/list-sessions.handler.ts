import { Clock } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type BegunSession, openAt } from '../../domain/session/sessions';
import { SessionStreams } from './session-streams';
import { type SessionsTarget, TendedKeys } from './tended-keys';

export class ListSessionsQuery extends Query<readonly BegunSession[]> {
  constructor(readonly target: SessionsTarget) {
    super();
  }
}

@QueryHandler(ListSessionsQuery)
export class ListSessionsHandler implements IQueryHandler<ListSessionsQuery> {
  constructor(
    private readonly sessions: SessionStreams,
    private readonly tended: TendedKeys,
    private readonly clock: Clock,
  ) {}

  async execute({ target }: ListSessionsQuery): Promise<readonly BegunSession[]> {
    await this.tended.demand(target, 'read');
    const found = await this.sessions.find(target.apiKeyId);
    return found ? openAt(found.state, this.clock.now()) : [];
  }
}
