import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Whether something of this machine listens, or could not listen, on the port of 127.0.0.1. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });

/** Below what kernels give to connections, and to servers that take any port: none of these takes it a moment later. */
const PORTS = { from: 20_000, below: 32_768 };
const TRIES = 100;

/** A port of 127.0.0.1 that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < TRIES; tried++) {
    const port = randomInt(PORTS.from, PORTS.below);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no port of 127.0.0.1 is free from ${PORTS.from} to ${PORTS.below - 1}`);
};
