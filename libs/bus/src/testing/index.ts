export { busContract } from './bus.contract';
export type { BusHarness } from './bus.contract';
export { OwnOffsets } from './own-offsets';
