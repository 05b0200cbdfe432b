import { eventually } from '@gatehouse/kernel/testing';
import { LeaseWatch } from './lease-watch.process';

it('looks for silent leases also where old ones cannot be forgotten', async () => {
  const warned: unknown[] = [];
  const failure = new Error('too slow');
  const ledger = { quarantineSilent: () => Promise.resolve(2), sweep: () => Promise.reject(failure) };
  const watch = new LeaseWatch(ledger, { warn: (what: unknown) => warned.push(what) }, 1);
  watch.start();
  await eventually(() => expect(warned.slice(0, 2)).toEqual([{ leases: 2 }, { err: failure }]));
  await watch.stop();
});
