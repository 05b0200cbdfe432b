import type { Way } from '../island';
import type { Fault } from './fault';

const cut = (kind: string, ways: readonly Way[]): Fault => ({
  kind,
  strikes: 'gateway',
  lastsMs: [500, 20_000],
  needs: 'namespaces',
  async strike(arena, { gateway }) {
    const island = arena.islandOf(gateway);
    for (const way of ways) await island.cut(way);
    return async () => {
      for (const way of ways) await island.mend(way);
    };
  },
});

/** It spends what it has leased, and nobody hears what of it. */
export const cutFromServices = cut('gateway cut off from services', ['inside']);

/** What the provider says is lost, and so is that its caller has left. */
export const cutFromProvider = cut('gateway cut off from clients and provider', ['outside']);

export const cutFromAll = cut('gateway cut off from everything', ['inside', 'outside']);
