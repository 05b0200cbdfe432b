import type { Fault } from './fault';

/** Nothing can be written where the journal is: what has no entry must not be called. */
export const diskFull: Fault = {
  kind: 'disk full',
  strikes: 'gateway',
  lastsMs: [1_000, 12_000],
  needs: 'namespaces',
  async strike(arena, { gateway }) {
    const volume = arena.volumeOf(gateway);
    await volume.fill();
    return () => volume.empty();
  },
};
