import { ClientAnswer } from '../../app/gateway.ports';
import type { RequestLine } from './request-head';

/** A body that still comes in, from when it is first resumed. A piece of it may be written over once it was heard. */
export interface Incoming {
  /** All of it came. */
  readonly complete: boolean;
  /** Nothing more comes. */
  readonly destroyed: boolean;
  resume(): this;
  on(event: 'data', listener: (piece: Buffer) => void): this;
  on(event: 'end' | 'close', listener: () => void): this;
  off(event: 'data', listener: (piece: Buffer) => void): this;
  off(event: 'end' | 'close', listener: () => void): this;
}

/** The body of a request. */
export interface RequestBody {
  /** At once where it came with the head, and then only until whoever was handed the request has returned. */
  readonly body: Buffer | Incoming;
  /** Bytes of it; undefined where they were not told. */
  readonly length: number | undefined;
}

/** A request, whoever parsed it. */
export interface ExchangeRequest extends RequestLine, RequestBody {}

/** The way back to who asked. */
export abstract class ExchangeAnswer extends ClientAnswer {
  /** All of it was handed over; its client may not have taken it yet. */
  ended = false;
  /** Called once, when nothing more comes of it: it has ended, or the client is gone. */
  onEnded: (() => void) | undefined;
  /** Called once, when it has left or the client is gone. */
  onOver: (() => void) | undefined;
  /** That it began with; 0 until it does. */
  abstract get status(): number;
  /** Ends the connection at once, whatever was answered. */
  abstract destroy(): void;
  /** Ends it once the answer has left. */
  abstract destroyWhenEnded(): void;

  /** Whoever made it is not kept until its client has taken it: that may be long. */
  protected letGo(): void {
    const { onEnded } = this;
    this.onLeft = this.onDrain = this.onEnded = undefined;
    onEnded?.();
  }
}

/** By which an answer says the id of its request. */
export const REQUEST_ID_HEADER = 'x-gatehouse-request-id';

/** What goes on an answer, whatever it is. */
export interface StandingHeaders {
  /** The id of the request: under our own name, and under `requestIdHeader` where an answer does not say another there. */
  readonly requestId: string;
  /** In lower case. */
  readonly requestIdHeader: string;
  /** In place of what an answer itself says under these names. */
  readonly others: Readonly<Record<string, string>>;
}

/** Makes the way back of one request. */
export type AnswerWith = (headers: StandingHeaders) => ExchangeAnswer;
