import { randomBytes } from 'node:crypto';
import { SystemClock } from '@gatehouse/kernel';
import { PinoServiceLog } from '@gatehouse/platform';
import { WorkerFleet } from './adapters/cluster/worker-fleet';
import { MetricsServer } from './adapters/metrics/metrics-server';
import { giveUpRoot } from './adapters/posix/give-up-root';
import { type RunningGateway, startGateway } from './gateway-app';
import { type FleetConfig, readFleetConfig, readGatewayConfig } from './gateway.config';
import type { OpenGatewayBus } from './journal.providers';
import { listenAddress } from './listen-address';

/**
 * Starts a gateway that is one process, or one that serves through workers. Started by root it goes on as the owner of its data
 * directory, before it reads what is secret. Errors: ConfigError; of what keeps it from starting.
 */
export const startProcess = async (
  env: NodeJS.ProcessEnv,
  openBus?: OpenGatewayBus,
): Promise<RunningGateway> => {
  const fleet = readFleetConfig(env);
  const because = giveUpRoot(fleet.GATEHOUSE_DATA_DIR);
  if (because !== undefined)
    new PinoServiceLog('gateway', fleet.GATEHOUSE_LOG_LEVEL).warn({ because }, 'the gateway runs as root');
  return fleet.GATEHOUSE_WORKERS > 1 ? startFleet(fleet) : startGateway(readGatewayConfig(env), openBus);
};

const GATEWAY_ID_BYTES = 8;

/** A primary reads no key and no certificate, and calls nobody. */
const startFleet = async (config: FleetConfig): Promise<RunningGateway> => {
  const log = new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL);
  const fleet = new WorkerFleet({
    workers: config.GATEHOUSE_WORKERS,
    dataDir: config.GATEHOUSE_DATA_DIR,
    gatewayId: randomBytes(GATEWAY_ID_BYTES).toString('hex'),
    clock: new SystemClock(),
    log,
  });
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
