import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { SessionEvent } from '../../domain/session/session.events';
import type { SessionsState } from '../../domain/session/sessions';
import { type SessionCommand, sessionsDecider } from '../../domain/session/sessions.decider';
import { EventCodecs } from '../event-codecs.ports';

/** By API key. */
@Injectable()
export class SessionStreams extends Streams<SessionCommand, SessionsState, SessionEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'sessions-', { decider: sessionsDecider, codec: codecs.session }, ids);
  }
}
