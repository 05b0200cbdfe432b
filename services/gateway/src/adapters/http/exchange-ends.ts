import type { IncomingHttpHeaders } from 'node:http';
import type { ClientAnswer } from '../../app/gateway.ports';

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

/** A request, whoever parsed it. */
export interface ExchangeRequest {
  readonly method: string;
  /** As it came, query included. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Its body: at once where it came with the head, and then only until whoever was handed the request has returned. */
  readonly body: Buffer | Incoming;
}

/** The way back to who asked. */
export interface ExchangeAnswer extends ClientAnswer {
  /** That it began with; 0 until it does. */
  readonly status: number;
  /** Called once, when the answer has ended or the client is gone. */
  onOver(listener: () => void): void;
  /** Ends the connection at once, whatever was answered. */
  destroy(): void;
  /** Ends it once the answer has left. */
  destroyWhenEnded(): void;
}

/** What goes on an answer, whatever it is. */
export interface StandingHeaders {
  readonly unlessSaid: Readonly<Record<string, string>>;
  readonly always: Readonly<Record<string, string>>;
}

/** Makes the way back of one request. */
export type AnswerWith = (headers: StandingHeaders) => ExchangeAnswer;
