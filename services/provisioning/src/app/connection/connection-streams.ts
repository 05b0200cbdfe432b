import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { Connection } from '../../domain/connection/connection';
import { connectionDecider, type EndConnection } from '../../domain/connection/connection.decider';
import type { ConnectionEvent } from '../../domain/connection/connection.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class ConnectionStreams extends Streams<EndConnection, Connection, ConnectionEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'connection-', { decider: connectionDecider, codec: codecs.connection }, ids);
  }
}
