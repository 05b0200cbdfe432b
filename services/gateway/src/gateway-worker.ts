import 'reflect-metadata';
import { collectAllSeldom, letYoungSpaceGrow, makeObjectsYoung, PinoServiceLog } from '@gatehouse/platform';
import {
  ALIVE_EVERY_MS,
  EXIT_LOCKED,
  type Metrics,
  TASK_VARIABLE,
  type ToPrimary,
  type ToWorker,
  type WorkerTask,
} from './adapters/cluster/worker-messages';
import { PrimaryDiskSync } from './adapters/cluster/primary-disk-sync';
import { PrimaryTokenCounter } from './adapters/cluster/primary-token-counter';
import { slotDirectory } from './adapters/cluster/worker-slots';
import { JournalLocked } from './adapters/journal/journal-lock';
import { finishJournal } from './finish-journal';
import { type RunningWorker, startGateway } from './gateway-app';
import { type GatewayConfig, readGatewayConfig } from './gateway.config';
import type { JournalPlace, OpenGatewayBus } from './journal.providers';

/** Does what its primary forked this process for, and exits. */
export const runWorker = async (env: NodeJS.ProcessEnv, openBus?: OpenGatewayBus): Promise<void> => {
  makeObjectsYoung();
  setInterval(() => void tell({ kind: 'alive' }), ALIVE_EVERY_MS).unref();
  const config = readGatewayConfig(env);
  const task = JSON.parse(process.env[TASK_VARIABLE] ?? '') as WorkerTask;
  const { sync } = new PrimaryDiskSync((message) => void tell(message));
  const place = { directory: slotDirectory(config.GATEHOUSE_DATA_DIR, task.slot), lock: task.lock, sync };
  let failure = task.role === 'serve' ? 'a worker could not start' : 'what a worker left could not be told';
  const began = (): void => void (failure = 'a worker could not end in order');
  try {
    if (task.role === 'serve') await serve(config, place, task, began, openBus);
    else await finishJournal(config, place, untilSignalled(), openBus);
    process.exit(0);
  } catch (error) {
    if (error instanceof JournalLocked) process.exit(EXIT_LOCKED);
    new PinoServiceLog('gateway', 'error').error({ err: error, slot: task.slot }, failure);
    process.exit(1);
  }
};

/** Resolves when it has stopped, as it was told to by a signal or its primary. @param began is called once it serves. */
const serve = async (
  config: GatewayConfig,
  place: JournalPlace,
  { gatewayId: id, listens }: WorkerTask,
  began: () => void,
  openBus?: OpenGatewayBus,
): Promise<void> => {
  const companions = { ready: false };
  // Its metrics are told by the primary.
  const own = { ...config, GATEHOUSE_METRICS_LISTEN: undefined };
  const tokens = new PrimaryTokenCounter((message) => void tell(message));
  const stopping = untilSignalled();
  const told = Promise.race([whenLeft(companions), aborted(stopping)]);
  const starting = startGateway(own, { ...place, companions, id, listens, tokens }, openBus);
  const worker = await Promise.race([starting, told]);
  // Nobody was served yet.
  if (!worker) return;
  began();
  letYoungSpaceGrow();
  collectAllSeldom();
  process.on('message', ({ kind }: ToWorker) => {
    if (kind === 'metrics') void tellMetrics(worker);
  });
  void tell({ kind: 'serving', url: worker.url });
  void worker.ready().then(() => tell({ kind: 'ready' }));
  await told;
  await (stopping.aborted ? worker.stop() : worker.leave(stopping));
  await tellMetrics(worker);
};

/** Resolves when others have taken its place; until then it hears of them. */
const whenLeft = (companions: { ready: boolean }): Promise<void> =>
  new Promise((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'leave') resolve();
      if (message.kind === 'companions') companions.ready = message.ready;
    });
  });

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

const tellMetrics = async ({ metrics }: RunningWorker): Promise<void> =>
  tell({ kind: 'metrics', metrics: (await metrics.getMetricsAsJSON()) as Metrics });

/** Resolves when it has left, or there is nobody to hear it. */
const tell = (message: ToPrimary): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });

const untilSignalled = (): AbortSignal => {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  return stopping.signal;
};
