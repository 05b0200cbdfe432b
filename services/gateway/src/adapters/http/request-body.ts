import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ClientGone } from '../../app/admission';
import { invalidRequest, Refusal } from '../../domain/refusal';

/** How much of a body that is refused is still read, so that the client gets to reading the answer. */
const DRAIN_BYTES_MAX = 1024 * 1024 * 1024;
const DRAIN_MS_MAX = 30_000;

/**
 * The whole body, as UTF-8. Throws Refusal `request_too_large` once a body that is too large was read to its end, and
 * ClientGone when the client went away.
 */
export const readBody = async (request: IncomingMessage, bytesMax: number): Promise<Buffer> => {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw await tooLarge(request, bytesMax);
  const body = await collect(request, bytesMax);
  if (!body) throw await tooLarge(request, bytesMax);
  if (!isUtf8(body)) throw invalidRequest('The body must be JSON in UTF-8.');
  return body;
};

/**
 * Reads what is left of a body and throws it away, within bounds: a connection that is closed over unread bytes is
 * reset, and the client never sees its answer.
 */
export const drain = (request: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    if (request.complete || request.destroyed) return resolve();
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

const tooLarge = async (request: IncomingMessage, bytesMax: number): Promise<Refusal> => {
  await drain(request);
  return new Refusal('request_too_large', `The body is larger than ${bytesMax} bytes.`);
};

/** Undefined as soon as there is more than `bytesMax`. */
const collect = (request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const detach = (): void => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= bytesMax) return void chunks.push(chunk);
      detach();
      resolve(undefined);
    };
    const onEnd = (): void => {
      detach();
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const onClose = (): void => {
      detach();
      reject(new ClientGone());
    };
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
  });
