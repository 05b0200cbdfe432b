import { isUtf8 } from 'node:buffer';
import { ClientGone } from '../../app/admission';
import { invalidRequest, Refusal } from '../../domain/refusal';
import { AssembledBody } from './assembled-body';
import { BufferPool } from './buffer-pool';
import type { Incoming, RequestBody } from './exchange-ends';

/** How much of a body that is refused is still read, so that the client gets to reading the answer. */
const DRAIN_BYTES_MAX = 1024 * 1024 * 1024;
export const DRAIN_MS_MAX = 30_000;

/** What a body may take. */
export interface BodyBounds {
  readonly bytesMax: number;
  /** Milliseconds until it has to be there, which no byte of it puts off. */
  readonly deadlineMs: number;
  /** Answers whether there is room for so many bytes more. */
  take(bytes: number): boolean;
}

const UNPOOLED = new BufferPool(0);
/** Room for so much of a body is made at once; for more it is as it comes. */
const AT_ONCE_BYTES_MAX = 128 * 1_024;

/**
 * The whole body, as UTF-8, in a buffer that is given back to where it was taken from, if at all: at once where it came with its head. Throws, or
 * rejects with, Refusal `request_too_large` once a body that is too large was read to its end, `bodies_too_large` where there is no room
 * for it now, `request_timeout` where it does not come, and ClientGone when the client went away.
 */
export const readBody = (
  { body: incoming, length }: RequestBody,
  bounds: BodyBounds,
  buffers = UNPOOLED,
): Buffer | Promise<Buffer> =>
  Buffer.isBuffer(incoming)
    ? accepted(collectedAtOnce(incoming, bounds, buffers), bounds, buffers)
    : readIncoming(incoming, length, bounds, buffers);

const readIncoming = async (
  incoming: Incoming,
  expected: number | undefined,
  bounds: BodyBounds,
  buffers: BufferPool,
): Promise<Buffer> => {
  const isTooLarge = expected !== undefined && expected > bounds.bytesMax;
  const body = isTooLarge ? 'too-large' : await collect(incoming, bounds, expected, buffers);
  if (body === 'too-large' || body === 'no-room') await drain(incoming);
  return accepted(body, bounds, buffers);
};

const accepted = (body: Collected, { bytesMax }: BodyBounds, buffers: BufferPool): Buffer => {
  if (body === 'too-large')
    throw new Refusal('request_too_large', `The body is larger than ${bytesMax} bytes.`);
  if (body === 'no-room') {
    const message = 'Too many large requests are under way.';
    throw new Refusal('bodies_too_large', message, { retryAfterSeconds: 1 });
  }
  if (body === 'late') throw new Refusal('request_timeout', 'The body of the request did not come in time.');
  if (isUtf8(body)) return body;
  buffers.giveBack(body);
  throw invalidRequest('The body must be JSON in UTF-8.');
};

/**
 * Reads what is left of a body and throws it away, within bounds: a connection that is closed over unread bytes is
 * reset, and the client never sees its answer.
 */
export const drain = (request: Buffer | Incoming): Promise<void> =>
  new Promise((resolve) => {
    if (Buffer.isBuffer(request) || request.complete || request.destroyed) return resolve();
    let bytes = 0;
    const done = (): void => {
      clearTimeout(timer);
      request.off('data', count);
      request.off('end', done);
      request.off('close', done);
      resolve();
    };
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > DRAIN_BYTES_MAX) done();
    };
    const timer = setTimeout(done, DRAIN_MS_MAX);
    request.on('data', count);
    request.on('end', done);
    request.on('close', done);
    request.resume();
  });

type Collected = Buffer | 'too-large' | 'no-room' | 'late';

const collectedAtOnce = (came: Buffer, bounds: BodyBounds, buffers: BufferPool): Collected => {
  if (came.length > bounds.bytesMax) return 'too-large';
  return bounds.take(came.length) ? buffers.copyOf(came) : 'no-room';
};

/** Ends as soon as it is known that nothing will come of it. What is made room for at once is counted before it comes. */
const collect = (
  request: Incoming,
  bounds: BodyBounds,
  expected: number | undefined,
  buffers: BufferPool,
): Promise<Collected> =>
  new Promise((resolve, reject) => {
    let room = Math.min(expected ?? 0, AT_ONCE_BYTES_MAX);
    if (!bounds.take(room)) return resolve('no-room');
    const body = new AssembledBody(buffers, room, expected);
    let bytes = 0;
    const detach = (): void => {
      clearTimeout(timer);
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
    };
    const end = (collected: Exclude<Collected, Buffer>): void => {
      detach();
      body.giveBack();
      resolve(collected);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      const more = Math.max(bytes - room, 0);
      if (bytes > bounds.bytesMax) return end('too-large');
      if (!bounds.take(more)) return end('no-room');
      room += more;
      body.add(chunk);
    };
    const onEnd = (): void => {
      detach();
      resolve(body.bytes);
    };
    const onClose = (): void => {
      detach();
      body.giveBack();
      reject(new ClientGone());
    };
    const timer = setTimeout(() => end('late'), bounds.deadlineMs);
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
    request.resume();
  });
