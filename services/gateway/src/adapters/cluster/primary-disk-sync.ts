import type { DiskSync } from '@gatehouse/kernel';
import type { SyncError, ToPrimary, ToWorker } from './worker-messages';

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/** Has the primary sync, since Node's permission model lets a worker sync nothing. */
export class PrimaryDiskSync {
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  /** @param tell leads to the primary. */
  constructor(private readonly tell: (message: ToPrimary) => void) {
    // What is loaded before a worker may have its channel keep nobody alive, and who waits for an answer has nothing else.
    process.channel?.ref();
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'synced') this.synced(message.id, message.error);
    });
  }

  readonly sync: DiskSync = (path) =>
    new Promise((resolve, reject) => {
      const id = ++this.last;
      this.waiting.set(id, { resolve, reject });
      this.tell({ kind: 'sync', id, path });
    });

  private synced(id: number, error: SyncError | undefined): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(Object.assign(new Error(error.message), error));
    else waiting?.resolve();
  }
}
