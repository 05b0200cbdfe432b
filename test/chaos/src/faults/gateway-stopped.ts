import { LEASE_MS } from '../lease-times';
import type { Fault } from './fault';

/** SIGSTOP for longer than its leases live: others may be granted what it had not spent, were it forgiven by time. */
export const gatewayStopped: Fault = {
  kind: 'gateway stopped',
  strikes: 'gateway',
  lastsMs: [LEASE_MS + 1_000, LEASE_MS + 8_000],
  async strike(arena, { gateway }) {
    await arena.gateway(gateway).pause();
    return () => arena.gateway(gateway).resume();
  },
};
