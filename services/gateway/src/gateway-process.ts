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
import { listenAddress } from './listen-address';
import { workerPermissions } from './worker-permissions';

const GATEWAY_ID_BYTES = 8;

/** A primary and its workers. */
export interface GatewayProcess {
  /** Resolves with where it serves, once all workers do; undefined where it was stopped first. Errors: of what keeps it from starting. */
  start(): Promise<string | undefined>;
  /** Every worker drains, settles, and ends, those too that serve before the others do. */
  stop(): Promise<void>;
}

/**
 * A gateway: the primary, which reads no key and no certificate and calls nobody, and its workers. Started by root it goes on
 * as the owner of its data directory, before it reads what is secret. Errors: ConfigError.
 */
export const gatewayProcess = (env: NodeJS.ProcessEnv): GatewayProcess => {
  const config = readFleetConfig(env);
  const log = new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL);
  const because = giveUpRoot(config.GATEHOUSE_DATA_DIR);
  if (because !== undefined) log.warn({ because }, 'the gateway runs as root');
  // Else whoever runs as this user, workers too, could have Node open its debugger here.
  process.on('SIGUSR1', () => undefined);
  const fleet = fleetOf(env, config, log);
  const listen = config.GATEHOUSE_METRICS_LISTEN;
  let metrics: MetricsServer | undefined;
  return {
    start: async () => {
      if (listen !== undefined)
        metrics = await MetricsServer.start(listenAddress(listen), fleet.metrics, log);
      process.on('SIGHUP', () => void fleet.reload());
      return fleet.start();
    },
    stop: async () => {
      await fleet.stop();
      await metrics?.close();
    },
  };
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
