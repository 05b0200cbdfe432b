import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  FORWARDS,
  type ResolvedEvent,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { BEFORE_FIRST, type Position, type ReadOptions } from '@gatehouse/event-store';
import type { Connection } from './connection';
import { positionOf, type WireRecord } from './event-data';
import { readPatiently, type WireReading } from './read-patiently';

export interface Window {
  /** In order of position, the server's own among them. */
  readonly records: readonly WireRecord[];
  /** True when the log ended there. */
  readonly end: boolean;
}

/** Reads by the client, each with an end. They ask the leader of a cluster: a follower may lag behind an append. */
export class LogReader {
  constructor(
    private readonly connection: Connection,
    /** A read that is silent for so long fails, unless it is given less. */
    private readonly silenceMs: number,
  ) {}

  /** A stream's records; none where there is no such stream. */
  async stream(
    name: string,
    { from, direction = 'forward', limit }: ReadOptions,
    silenceMs = this.silenceMs,
  ): Promise<WireRecord[]> {
    const forward = direction === 'forward';
    const records: WireRecord[] = [];
    const reading = this.connection.client.readStream(name, {
      direction: forward ? FORWARDS : BACKWARDS,
      fromRevision: from ?? (forward ? START : END),
      ...(limit !== undefined && { maxCount: limit }),
      ...this.call(),
    });
    try {
      for await (const record of this.recordsOf(reading, silenceMs)) records.push(record);
    } catch (error) {
      if (!(error instanceof StreamNotFoundError)) throw error;
    }
    return records;
  }

  /** The records after a position; the server's answer begins with the one at it. */
  async window(after: Position, size: number, silenceMs = this.silenceMs): Promise<Window> {
    const fromStart = after === BEFORE_FIRST;
    const asked = fromStart ? size : size + 1;
    const reading = this.connection.client.readAll({
      fromPosition: fromStart ? START : { commit: after, prepare: after },
      maxCount: asked,
      ...this.call(),
    });
    const records: WireRecord[] = [];
    let answered = 0;
    for await (const record of this.recordsOf(reading, silenceMs)) {
      answered++;
      if (positionOf(record) > after) records.push(record);
    }
    return { records, end: answered < asked };
  }

  /** The position of the last record, the server's own among them. */
  async head(silenceMs = this.silenceMs): Promise<Position> {
    const reading = this.connection.client.readAll({
      direction: BACKWARDS,
      fromPosition: END,
      maxCount: 1,
      ...this.call(),
    });
    for await (const record of this.recordsOf(reading, silenceMs)) return positionOf(record);
    return BEFORE_FIRST;
  }

  private async *recordsOf(
    reading: WireReading<ResolvedEvent | AllStreamResolvedEvent>,
    silenceMs: number,
  ): AsyncGenerator<WireRecord, void, undefined> {
    for await (const { event } of readPatiently(reading, silenceMs)) if (event) yield event as WireRecord;
  }

  private call(): { credentials: Connection['credentials']; requiresLeader: boolean } {
    return { credentials: this.connection.credentials, requiresLeader: true };
  }
}
