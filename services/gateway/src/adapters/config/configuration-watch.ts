import type { Promised } from '@gatehouse/grpc';
import type { ServiceLog } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { ConfigurationStore } from './configuration-store';

export type ConfigurationRpc = Pick<Promised<provisioningV1.GatewayConfigServiceClient>, 'watch' | 'close'>;

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;

/** Follows the configuration for as long as the process lives; a broken stream goes on from the version held. */
export class ConfigurationWatch {
  private stream: ClientReadableStream<provisioningV1.WatchResponse> | undefined;
  private backoffMs = BACKOFF_MIN_MS;
  private stopped = false;
  private warned = false;

  constructor(
    private readonly rpc: ConfigurationRpc,
    private readonly store: ConfigurationStore,
    private readonly log: Pick<ServiceLog, 'info' | 'warn'>,
  ) {}

  start(): void {
    if (this.stopped) return;
    const stream = this.rpc.watch({ afterVersion: this.store.version });
    this.stream = stream;
    let over = false;
    const again = (error?: unknown): void => {
      if (over) return;
      over = true;
      this.store.abandonSnapshot();
      this.retry(error);
    };
    stream.on('data', (message: provisioningV1.WatchResponse) => {
      this.backoffMs = BACKOFF_MIN_MS;
      this.warned = false;
      this.store.apply(message);
    });
    stream.on('error', again);
    stream.on('end', () => again());
  }

  stop(): void {
    this.stopped = true;
    this.stream?.cancel();
    this.rpc.close();
  }

  private retry(error: unknown): void {
    if (this.stopped) return;
    if (!this.warned) this.log.warn({ err: error }, 'the configuration is not followed just now');
    this.warned = true;
    setTimeout(() => this.start(), this.backoffMs).unref();
    this.backoffMs = Math.min(BACKOFF_MAX_MS, this.backoffMs * 2);
  }
}
