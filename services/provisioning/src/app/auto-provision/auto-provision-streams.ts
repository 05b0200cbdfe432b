import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  type AutoProvision,
  type AutoProvisionCommand,
  autoProvisionDecider,
} from '../../domain/auto-provision/auto-provision';
import type { AutoProvisionEvent } from '../../domain/auto-provision/auto-provision.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class AutoProvisionStreams extends Streams<AutoProvisionCommand, AutoProvision, AutoProvisionEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'autoprovision-', { decider: autoProvisionDecider, codec: codecs.autoProvision }, ids);
  }
}
