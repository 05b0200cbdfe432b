import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { IntegrationLimitsState } from '../../domain/integration-limits/integration-limits';
import {
  type ChangeIntegrationLimits,
  integrationLimitsDecider,
} from '../../domain/integration-limits/integration-limits.decider';
import type { IntegrationLimitsEvent } from '../../domain/integration-limits/integration-limits.events';
import { integrationLimitsLetMore } from '../../domain/integration-limits/integration-limits-let-more';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class IntegrationLimitsStreams extends GuardedStreams<
  ChangeIntegrationLimits,
  IntegrationLimitsState,
  IntegrationLimitsEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(
      store,
      'integrationlimits-',
      { decider: integrationLimitsDecider, codec: codecs.integrationLimits },
      ids,
      { approvals, letsMore: integrationLimitsLetMore },
    );
  }
}
