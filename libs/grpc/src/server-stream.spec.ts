import { EventEmitter } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { serverStream } from './server-stream';

/** A client that takes one message, then none until `drain`. */
class SlowCall extends EventEmitter {
  readonly written: number[] = [];

  write(message: number): boolean {
    this.written.push(message);
    return false;
  }
}

const aWhile = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('serverStream', () => {
  const start = (source: (signal: AbortSignal) => AsyncIterable<number>) => {
    const call = new SlowCall();
    const ended: unknown[] = [];
    const answer = serverStream(call as unknown as ServerWritableStream<unknown, number>, source);
    const subscription = answer.subscribe({
      complete: () => ended.push('complete'),
      error: (error: unknown) => ended.push(error),
    });
    return { call, ended, subscription };
  };

  it('asks the source no sooner than the client has taken what was sent', async () => {
    let produced = 0;
    const { call, ended } = start(async function* () {
      while (produced < 3) yield ++produced;
    });
    await aWhile();
    expect(produced).toBe(1);
    for (let taken = 1; taken <= 3; taken++) {
      call.emit('drain');
      await aWhile();
    }
    expect(call.written).toEqual([1, 2, 3]);
    expect(ended).toEqual(['complete']);
    expect(call.listenerCount('drain')).toBe(0);
  });

  it('lets go of the source when the client leaves', async () => {
    let released = false;
    const { subscription, call } = start(async function* (signal) {
      try {
        yield 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield 2;
      } finally {
        released = true;
      }
    });
    await aWhile();
    call.emit('drain');
    await aWhile();
    subscription.unsubscribe();
    await aWhile();
    expect(released).toBe(true);
    expect(call.written).toEqual([1]);
  });

  it('ends the call with what the source throws', async () => {
    const fault = new Error('fault');
    const { ended } = start(async function* () {
      throw fault;
    });
    await aWhile();
    expect(ended).toEqual([fault]);
  });
});
