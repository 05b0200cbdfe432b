import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Deadline } from './deadline';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('is over at its time, whatever is collected until then, also where nobody keeps what it aborts by', async () => {
  const outer = new AbortController();
  const over: unknown[] = [];
  (() => {
    const { signal } = new Deadline(100, outer.signal);
    signal.addEventListener('abort', () => over.push((signal.reason as Error).name));
  })();
  collectGarbage();
  await sleep(0);
  collectGarbage();
  await sleep(200);
  expect(over).toEqual(['TimeoutError']);
});

it('is over when it is aborted, also before it begins, and not once it is cancelled', async () => {
  const outer = new AbortController();
  const [aborted, cancelled] = [new Deadline(60_000, outer.signal), new Deadline(20, outer.signal)];
  cancelled.cancel();
  outer.abort('enough');
  expect([aborted.signal.aborted, aborted.signal.reason]).toEqual([true, 'enough']);
  expect(new Deadline(60_000, outer.signal).signal.reason).toBe('enough');
  await sleep(40);
  expect(cancelled.signal.aborted).toBe(false);
});

it('may be one of many that one signal aborts, and leaves nothing behind with it', async () => {
  const warned: unknown[] = [];
  const warn = (warning: unknown): void => void warned.push(warning);
  process.on('warning', warn);
  const outer = new AbortController();
  const many = Array.from({ length: 64 }, () => new Deadline(60_000, outer.signal));
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(64);
  for (const each of many) each.cancel();
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  await sleep(0);
  process.off('warning', warn);
  expect(warned).toEqual([]);
});
