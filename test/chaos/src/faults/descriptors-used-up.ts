import type { Fault } from './fault';

/** No file and no connection can be opened any more; those that are open stay. */
export const descriptorsUsedUp: Fault = {
  kind: 'descriptors used up',
  strikes: 'gateway',
  lastsMs: [1_000, 10_000],
  needs: 'prlimit',
  async strike(arena, { gateway, dice }) {
    const struck = arena.gateway(gateway);
    const before = await struck.limitFiles(struck.openFiles + (dice % 4));
    return async () => {
      await struck.limitFiles(before);
    };
  },
};
