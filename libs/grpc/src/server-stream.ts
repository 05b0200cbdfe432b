import type { ServerWritableStream } from '@grpc/grpc-js';
import { Observable } from 'rxjs';

/**
 * The answer to a server-streaming RPC, written to the call by hand: the source is asked for the next message when the
 * client has taken those before. The signal aborts when the client leaves or the server stops; what the source throws
 * ends the call as it would a unary one.
 */
export const serverStream = <R>(
  call: ServerWritableStream<unknown, R>,
  source: (signal: AbortSignal) => AsyncIterable<R>,
): Observable<never> =>
  // Nest ends the call when the observable does, and unsubscribes when the call is cancelled.
  new Observable<never>((subscriber) => {
    const left = new AbortController();
    pump(call, source(left.signal), left.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => left.abort();
  });

const pump = async <R>(
  call: ServerWritableStream<unknown, R>,
  source: AsyncIterable<R>,
  left: AbortSignal,
): Promise<void> => {
  for await (const message of source) {
    if (left.aborted) return;
    if (!call.write(message)) await drained(call, left);
  }
};

const drained = (call: ServerWritableStream<unknown, never>, left: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done);
      left.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    left.addEventListener('abort', done);
  });
