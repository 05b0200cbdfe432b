import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { NameProvision } from '../../domain/provision-names/name-provision';
import type { ProvisionNames } from '../../domain/provision-names/provision-names';
import { provisionNamesDecider } from '../../domain/provision-names/provision-names.decider';
import type { ProvisionNamesEvent } from '../../domain/provision-names/provision-names.events';
import { EventCodecs } from '../event-codecs.ports';

/** By workspace. */
@Injectable()
export class ProvisionNameStreams extends Streams<NameProvision, ProvisionNames, ProvisionNamesEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'provisionname-', { decider: provisionNamesDecider, codec: codecs.provisionNames }, ids);
  }
}
