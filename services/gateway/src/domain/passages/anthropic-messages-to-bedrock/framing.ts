import { heardEvent } from '../../dialects/bedrock/ear';
import { jsonObjectIn } from '../../json-values';
import { EventStreamReader } from '../../streams/event-stream-reader';
import type { Framed, Framing } from '../translated-answer';

/** Cuts a binary event stream into events that have their type among their members. */
export class ConverseFraming implements Framing {
  private readonly reader = new EventStreamReader();

  get pendingBytes(): number {
    return this.reader.pendingBytes;
  }

  feed(chunk: Buffer): readonly Framed[] {
    return this.framed(this.reader.feed(chunk));
  }

  end(): readonly Framed[] {
    return this.framed(this.reader.end());
  }

  private framed(pieces: ReturnType<EventStreamReader['feed']>): readonly Framed[] {
    return pieces.map((piece): Framed => {
      if (piece.kind !== 'message') return { heard: piece.raw, lost: true };
      const { message } = piece;
      const type = message.header(':event-type') || message.header(':exception-type') || 'unknownException';
      return { heard: heardEvent(type, message.payload), event: { ...jsonObjectIn(message.payload), type } };
    });
  }
}
