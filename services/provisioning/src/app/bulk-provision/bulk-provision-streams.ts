import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { BulkProvision } from '../../domain/bulk-provision/bulk-provision';
import {
  type BulkProvisionCommand,
  bulkProvisionDecider,
} from '../../domain/bulk-provision/bulk-provision.decider';
import type { BulkProvisionEvent } from '../../domain/bulk-provision/bulk-provision.events';
import { bulkProvisionLetsMore } from '../../domain/bulk-provision/bulk-provision-lets-more';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class BulkProvisionStreams extends GuardedStreams<
  BulkProvisionCommand,
  BulkProvision,
  BulkProvisionEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(store, 'bulk-', { decider: bulkProvisionDecider, codec: codecs.bulkProvision }, ids, {
      approvals,
      letsMore: bulkProvisionLetsMore,
    });
  }
}
