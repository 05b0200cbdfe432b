import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { PinoServiceLog } from '@gatehouse/platform/service-log';
import { readFleetConfig } from './fleet.config';
import { gatewayProcess } from './gateway-process';

/** From a bundle of its own: the primary has no use for it. */
const loadWorker = () => import('./gateway-worker.js');

/** `--workers N` stands before `GATEHOUSE_WORKERS`. */
const settings = (): NodeJS.ProcessEnv => {
  const { workers } = parseArgs({ options: { workers: { type: 'string' } } }).values;
  return { ...process.env, ...(workers !== undefined && { GATEHOUSE_WORKERS: workers }) };
};

const main = async (): Promise<void> => {
  try {
    const env = settings();
    if (cluster.isWorker) return await (await loadWorker()).runWorker(env);
    const gateway = gatewayProcess(env);
    let stopping: Promise<void> | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => void (stopping ??= gateway.stop().finally(() => process.exit(0))));
    }
    const url = await gateway.start();
    if (url === undefined) return;
    const { GATEHOUSE_WORKERS: workers, GATEHOUSE_LOG_LEVEL: level } = readFleetConfig(env);
    new PinoServiceLog('gateway', level).info({ url, workers }, 'serving');
  } catch (error) {
    new PinoServiceLog('gateway', 'error').error({ err: error }, 'could not start');
    process.exit(1);
  }
};

void main();
