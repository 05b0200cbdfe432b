import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  type BulkProvision,
  type BulkProvisionCommand,
  bulkProvisionDecider,
} from '../../domain/bulk-provision/bulk-provision';
import type { BulkProvisionEvent } from '../../domain/bulk-provision/bulk-provision.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class BulkProvisionStreams extends Streams<BulkProvisionCommand, BulkProvision, BulkProvisionEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'bulk-', { decider: bulkProvisionDecider, codec: codecs.bulkProvision }, ids);
  }
}
