import { setFlagsFromString } from 'node:v8';

/**
 * To be called first in a process that serves. What is made for a call or a batch is over with it; but V8 learns of a place in the code that
 * makes objects whether they live to be collected, and while little is asked that is mostly so. From then on it makes them among the old at
 * once, each of which keeps alive whatever it leads to until all of the heap is collected. So it is not to learn
 * (docs/adr/0071-objects-of-calls-are-made-young.md).
 */
export const makeObjectsYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring');
