import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { AutoProvision } from '../../domain/auto-provision/auto-provision';
import {
  type AutoProvisionCommand,
  autoProvisionDecider,
} from '../../domain/auto-provision/auto-provision.decider';
import type { AutoProvisionEvent } from '../../domain/auto-provision/auto-provision.events';
import { autoProvisionLetsMore } from '../../domain/auto-provision/auto-provision-lets-more';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class AutoProvisionStreams extends GuardedStreams<
  AutoProvisionCommand,
  AutoProvision,
  AutoProvisionEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(store, 'autoprovision-', { decider: autoProvisionDecider, codec: codecs.autoProvision }, ids, {
      approvals,
      letsMore: autoProvisionLetsMore,
    });
  }
}
