import type { Tokenizer } from '@gatehouse/offering';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** What a worker was forked for. */
export interface WorkerTask {
  /** Of its own from the moment that it is forked until it has exited. */
  readonly slot: number;
  /** `finish`: it serves nobody, but tells what the worker before it in this slot left. */
  readonly role: 'serve' | 'finish';
  /** Of the gateway, by which it knows requests that come back. */
  readonly gatewayId: string;
  /** When it takes connections: once it can admit requests, or a while after it began all the same. */
  readonly listens: 'soon' | 'ready';
  /** The descriptor by which it has the lock of its journal; absent where it takes that itself. */
  readonly lock?: number;
}

export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

export type ToPrimary =
  /** Its event loop turns. Told every {@link ALIVE_EVERY_MS}, from its beginning to its end. */
  | { readonly kind: 'alive' }
  /** It takes connections. */
  | { readonly kind: 'serving'; readonly url: string }
  /** It can admit requests. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'metrics'; readonly metrics: Metrics }
  /** It wants to know the tokens of a text. */
  | { readonly kind: 'count'; readonly id: number; readonly tokenizer: Tokenizer; readonly text: string }
  /** It wants a file or a directory, which it may write, to be on disk. */
  | { readonly kind: 'sync'; readonly id: number; readonly path: string };

/** In the system's words; code and call are absent where it was not asked. */
export type SyncError = Pick<NodeJS.ErrnoException, 'code' | 'syscall' | 'message'>;

export type ToWorker =
  | { readonly kind: 'metrics' }
  /** Tokens of a text that it asked for; none where they are not counted. */
  | { readonly kind: 'counted'; readonly id: number; readonly tokens?: number | undefined }
  /** What it wanted is on disk, but for an error. */
  | { readonly kind: 'synced'; readonly id: number; readonly error?: SyncError | undefined }
  /** Whether all workers that take connections can admit requests. */
  | { readonly kind: 'companions'; readonly ready: boolean }
  /** Others have taken its place: it takes no connection more, serves those that it has, and ends. */
  | { readonly kind: 'leave' };

export const ALIVE_EVERY_MS = 1_000;

/** Tells a worker its task, as JSON. */
export const TASK_VARIABLE = 'GATEHOUSE_WORKER_TASK';

/** How a worker exits whose journal another process holds. */
export const EXIT_LOCKED = 75;
