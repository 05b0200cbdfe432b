import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { SystemClock } from '@gatehouse/kernel';
import { PinoServiceLog } from '@gatehouse/platform/service-log';
import { workerCode } from './adapters/cluster/worker-code';
import { WorkerFleet } from './adapters/cluster/worker-fleet';
import { MetricsServer } from './adapters/metrics/metrics-server';
import { giveUpRoot } from './adapters/posix/give-up-root';
import { ProcessTokenCounter } from './adapters/tokens/process-token-counter';
import { type FleetConfig, readFleetConfig } from './fleet.config';
import type { RunningGateway } from './gateway-app';
import { listenAddress } from './listen-address';
import { workerPermissions } from './worker-permissions';

const GATEWAY_ID_BYTES = 8;

/**
 * Starts a gateway: the primary, which reads no key and no certificate and calls nobody, and its workers. Started by root it goes on
 * as the owner of its data directory, before it reads what is secret. Errors: ConfigError; of what keeps it from starting.
 */
export const startProcess = async (env: NodeJS.ProcessEnv): Promise<RunningGateway> => {
  const config = readFleetConfig(env);
  const log = new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL);
  const because = giveUpRoot(config.GATEHOUSE_DATA_DIR);
  if (because !== undefined) log.warn({ because }, 'the gateway runs as root');
  // Else whoever runs as this user, workers too, could have Node open its debugger here.
  process.on('SIGUSR1', () => undefined);
  const fleet = fleetOf(env, config, log);
  const listen = config.GATEHOUSE_METRICS_LISTEN;
  const metrics =
    listen === undefined ? undefined : await MetricsServer.start(listenAddress(listen), fleet.metrics, log);
  const stop = async (): Promise<void> => {
    await fleet.stop();
    await metrics?.close();
  };
  process.on('SIGHUP', () => void fleet.reload());
  return { url: await fleet.start(), stop };
};

const fleetOf = (env: NodeJS.ProcessEnv, config: FleetConfig, log: PinoServiceLog): WorkerFleet => {
  const { reads, writes } = workerPermissions(env);
  // What a worker may write in has to be there when that is said.
  for (const directory of writes) mkdirSync(directory, { recursive: true, mode: 0o700 });
  return new WorkerFleet({
    workers: config.GATEHOUSE_WORKERS,
    dataDir: config.GATEHOUSE_DATA_DIR,
    gatewayId: randomBytes(GATEWAY_ID_BYTES).toString('hex'),
    reads: [...workerCode(), ...reads],
    writes,
    tokens: new ProcessTokenCounter(),
    clock: new SystemClock(),
    log,
  });
};
