import type { Fault } from './fault';

/** SIGKILL, and a start some time after. What was under way is in doubt, in full. */
export const gatewayKilled: Fault = {
  kind: 'gateway killed',
  strikes: 'gateway',
  lastsMs: [0, 6_000],
  async strike(arena, { gateway }) {
    await arena.gateway(gateway).kill();
    return () => arena.gateway(gateway).start();
  },
};
