import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ApiError } from './api-error';
import type { Ask } from './ask';
import type { Generation } from './generation';

/** How one answer reads on a wire. All of it is ASCII, or bytes in latin1: a string's length is its length in bytes. */
export interface Wording {
  readonly streamType: string;
  /** What comes before the first token. */
  opening(): string;
  /** The frames of the tokens `from` to `from + count` of each choice. */
  tokens(from: number, count: number): string;
  /** What ends a stream that is whole. */
  closing(): string;
  /** What ends a stream in which the provider failed. */
  failing(): string;
  /** The body of a plain answer. */
  plain(): string;
}

/** One way to ask this provider, and to be answered: a dialect's path. */
export interface Wire<Asked extends Ask = Ask> {
  /** @throws ApiError when the request is at fault. */
  parse(body: unknown): Asked;
  /** For the book, also when the request is refused. */
  modelOf(body: unknown): string;
  word(ask: Asked, generation: Generation): Wording;
  sendError(response: ServerResponse, error: ApiError, headers?: OutgoingHttpHeaders): void;
  /** Headers that answers carry besides, given the request's id. */
  headers(requestId: string): OutgoingHttpHeaders;
  /** The header in which a credential came, for the failure that echoes it. */
  credentialHeader(headers: IncomingHttpHeaders): string;
}
