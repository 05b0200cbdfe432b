import { InMemoryKeys } from './in-memory-keys';
import { keyProviderContract } from './key-provider.contract';

keyProviderContract('in memory', async () => {
  const keys = new InMemoryKeys();
  const fail = async (): Promise<void> => {
    keys.failing = true;
  };
  return {
    provider: keys,
    second: keys,
    endOfWaiting: async () => undefined,
    fail,
    tear: async () => undefined,
  };
});
