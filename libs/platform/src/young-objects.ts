import { setFlagsFromString } from 'node:v8';

/**
 * To be called first in a process that serves. What is made for a call or a batch is over with it; but V8 learns of a place in the code that
 * makes objects whether they live to be collected, and while little is asked that is mostly so. From then on it makes them among the old at
 * once, each of which keeps alive whatever it leads to until all of the heap is collected. So it is not to learn
 * (docs/adr/0071-objects-of-calls-are-made-young.md).
 */
export const makeObjectsYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring');

/**
 * To be called once a process serves. What a start makes stays for good, and V8 takes that for a sign that the young want room: it would hold
 * some twenty megabytes for those of calls that nobody makes. Where their space was kept from growing until here, as the launcher has it
 * (`deploy/launcher/bin/start-small.cjs`), it grows from now on by what calls leave behind, as it does by itself.
 */
export const letYoungSpaceGrow = (): void => setFlagsFromString('--semi-space-growth-factor=2');

/**
 * To be called once a process serves for whose callers tens of milliseconds are much: so long it takes one processor to collect all of the heap.
 * While little becomes old V8 does so whenever the old have grown by a tenth, which is every few seconds; from now on it waits until they have
 * doubled (docs/adr/0114-what-the-slowest-of-a-hundred-waited-for.md).
 */
export const collectAllSeldom = (): void => setFlagsFromString('--heap-growing-percent=100');
