import { LEASE_MS } from '../lease-times';
import type { Fault } from './fault';

/** SIGKILL of the broker, which stays away: usage waits in the journals. */
export const kafkaKilled: Fault = {
  kind: 'Kafka killed',
  strikes: 'shared',
  lastsMs: [1_000, 15_000],
  async strike({ product }) {
    const { broker } = product.engines;
    if (!broker) throw new Error('there is no broker');
    await broker.kill();
    return () => broker.restart();
  },
};

/** SIGKILL of Postgres, which its launcher starts again at once. */
export const postgresKilled: Fault = {
  kind: 'Postgres killed',
  strikes: 'shared',
  lastsMs: [2_000, 6_000],
  async strike({ product }) {
    product.killPostgres();
    return async () => {};
  },
};

/** SIGKILL of metering, which its launcher starts again at once. */
export const meteringKilled: Fault = {
  kind: 'metering killed',
  strikes: 'shared',
  lastsMs: [2_000, 6_000],
  async strike({ product }) {
    product.killService('metering');
    return async () => {};
  },
};

/** SIGSTOP of metering for longer than leases live: gateways spend what they have, then refuse. */
export const meteringStopped: Fault = {
  kind: 'metering stopped',
  strikes: 'shared',
  lastsMs: [LEASE_MS, LEASE_MS + 4_000],
  async strike({ product }) {
    const pid = product.pidOf('metering');
    if (pid === undefined) throw new Error('metering does not run');
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  },
};
