import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { RosterHistory } from '../../domain/roster/roster';
import { type RosterCommand, rosterDecider } from '../../domain/roster/roster.decider';
import type { RosterEvent } from '../../domain/roster/roster.events';
import { EventCodecs } from '../event-codecs.ports';

/** By organization. */
@Injectable()
export class RosterStreams extends Streams<RosterCommand, RosterHistory, RosterEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'roster-', { decider: rosterDecider, codec: codecs.roster }, ids);
  }
}
