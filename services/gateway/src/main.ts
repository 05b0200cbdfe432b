import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { PinoServiceLog } from '@gatehouse/platform/service-log';
import { readFleetConfig } from './fleet.config';
import type { RunningGateway } from './gateway-app';
import { startProcess } from './gateway-process';

/** From a bundle of its own: the primary has no use for it. */
const loadWorker = () => import('./gateway-worker.js');

/** `--workers N` stands before `GATEHOUSE_WORKERS`. */
const settings = (): NodeJS.ProcessEnv => {
  const { workers } = parseArgs({ options: { workers: { type: 'string' } } }).values;
  return { ...process.env, ...(workers !== undefined && { GATEHOUSE_WORKERS: workers }) };
};

const main = async (): Promise<void> => {
  let gateway: RunningGateway | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= gateway?.stop() ?? Promise.resolve());
  try {
    const env = settings();
    if (cluster.isWorker) return await (await loadWorker()).runWorker(env);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => void stop().finally(() => process.exit(0)));
    }
    gateway = await startProcess(env);
    const { GATEHOUSE_WORKERS: workers, GATEHOUSE_LOG_LEVEL: level } = readFleetConfig(env);
    new PinoServiceLog('gateway', level).info({ url: gateway.url, workers }, 'serving');
  } catch (error) {
    new PinoServiceLog('gateway', 'error').error({ err: error }, 'could not start');
    process.exit(1);
  }
};

void main();
