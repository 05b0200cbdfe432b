import type { LedgerNotice } from '@gatehouse/leases';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { LedgerRpc } from './ledger-rpc';
import { fromProtoNotice, type JournalName } from './ledger-messages';

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;

/** What the ledger says unasked, for as long as the process lives. Nothing rests on a notice alone. */
export class LeaseNotices {
  private stream: ClientReadableStream<meteringV1.WatchLeasesResponse> | undefined;
  private hear: (notice: LedgerNotice) => void = () => undefined;
  private cut: () => void = () => undefined;
  private backoffMs = BACKOFF_MIN_MS;
  private retrying: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly rpc: Pick<LedgerRpc, 'watchLeases'>,
    private readonly journal: JournalName,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  /** @param cut called when notices may have been missed, and they are heard again. */
  listen(hear: (notice: LedgerNotice) => void, cut: () => void): void {
    this.hear = hear;
    this.cut = cut;
  }

  start(): void {
    if (this.stopped || this.stream) return;
    const { journalId, incarnation } = this.journal;
    const stream = this.rpc.watchLeases({ journalId, incarnation });
    this.stream = stream;
    stream.on('data', (message: meteringV1.WatchLeasesResponse) => {
      this.backoffMs = BACKOFF_MIN_MS;
      const notice = fromProtoNotice(message);
      if (notice) this.hear(notice);
    });
    stream.on('error', (error) => this.again(stream, error));
    stream.on('end', () => this.again(stream));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retrying);
    this.stream?.cancel();
  }

  private again(stream: unknown, error?: unknown): void {
    if (this.stopped || this.stream !== stream) return;
    this.stream = undefined;
    this.log.warn({ err: error }, 'the ledger is not listened to just now');
    this.retrying = setTimeout(() => {
      this.start();
      this.cut();
    }, this.backoffMs);
    this.retrying.unref();
    this.backoffMs = Math.min(BACKOFF_MAX_MS, this.backoffMs * 2);
  }
}
