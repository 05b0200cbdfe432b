export { InMemoryKeys } from './in-memory-keys';
export { keyProviderContract } from './key-provider.contract';
export type { KeyProviderUnderTest } from './key-provider.contract';
export { MOTO_READY_WITHIN_MS, MotoServer, motoMissing } from './moto-server';
export { TRANSIT_TOKEN, TransitServer } from './transit-server';
