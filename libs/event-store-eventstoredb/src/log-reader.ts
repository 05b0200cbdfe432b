import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  FORWARDS,
  type ResolvedEvent,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { BEFORE_FIRST, type Position, type ReadOptions, type Revision } from '@gatehouse/event-store';
import type { Connection } from './connection';
import { HELD_BYTES, positionOf, weightOf, type WireRecord } from './event-data';
import { readPatiently, type WireReading } from './read-patiently';

export interface Window {
  /** In order, the server's own among them; fewer than were asked for where these would be too much data. */
  readonly records: readonly WireRecord[];
  /** True when the log, or the stream, ended there. */
  readonly end: boolean;
}

interface WindowOptions {
  /** As many as the server answers at most. */
  readonly asked: number;
  readonly silenceMs: number;
  readonly isNew?: (record: WireRecord) => boolean;
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

  /** A stream's records from a revision on. */
  async part(name: string, from: Revision, size: number, silenceMs = this.silenceMs): Promise<Window> {
    const reading = this.connection.client.readStream(name, {
      direction: FORWARDS,
      fromRevision: from,
      maxCount: size,
      ...this.call(),
    });
    return this.windowOf(reading, { asked: size, silenceMs }).catch((error: unknown) => {
      if (error instanceof StreamNotFoundError) return { records: [], end: true };
      throw error;
    });
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
    return this.windowOf(reading, { asked, silenceMs, isNew: (record) => positionOf(record) > after });
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

  private async windowOf(
    reading: WireReading<ResolvedEvent | AllStreamResolvedEvent>,
    { asked, silenceMs, isNew = () => true }: WindowOptions,
  ): Promise<Window> {
    const records: WireRecord[] = [];
    let answered = 0;
    let held = 0;
    for await (const record of this.recordsOf(reading, silenceMs)) {
      answered++;
      if (!isNew(record)) continue;
      records.push(record);
      held += weightOf(record);
      if (held >= HELD_BYTES) return { records, end: false };
    }
    return { records, end: answered < asked };
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
