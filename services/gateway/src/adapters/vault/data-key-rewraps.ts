import { setTimeout as sleep } from 'node:timers/promises';
import type { Promised } from '@gatehouse/grpc';
import type { ServiceLog } from '@gatehouse/platform';
import type { registryV1 } from '@gatehouse/proto-gen';
import type { DataKeyUnwrapper, SealedCredential } from '@gatehouse/sealing';

export type RewrapRpc = Pick<
  Promised<registryV1.VaultServiceClient>,
  'listOutdatedWraps' | 'rewrapDataKey' | 'close'
>;

export interface DataKeyRewrapsOptions {
  readonly rpc: RewrapRpc;
  readonly unwrapper: DataKeyUnwrapper;
  /** How often outdated wraps are asked for, in milliseconds. */
  readonly everyMs: number;
  readonly log: Pick<ServiceLog, 'info' | 'warn'>;
}

const DEADLINE_MS = 10_000;

/**
 * Moves data keys to the current keys of their integrations: the registry says which these are, and the gateway alone can
 * open what was wrapped for another. It wraps to no key that its own key provider does not open. Every gateway does it; the
 * first to write a wrap back wins, and any will do.
 */
export class DataKeyRewraps {
  private readonly stopping = new AbortController();
  /** That all is done is said once: an operator may take an earlier key away then. */
  private told = false;

  constructor(private readonly options: DataKeyRewrapsOptions) {}

  start(): void {
    void this.again();
  }

  stop(): void {
    this.stopping.abort();
    this.options.rpc.close();
  }

  private async again(): Promise<void> {
    const { everyMs, log } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'data keys cannot be wrapped anew just now');
      }
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Errors: those of the registry. A single credential that does not move is told and left. */
  private async round(): Promise<void> {
    const { rpc } = this.options;
    const counts = { moved: 0, left: 0 };
    for (let afterIntegrationId = ''; ;) {
      const page = await rpc.listOutdatedWraps({ afterIntegrationId }, { deadlineMs: DEADLINE_MS });
      const keys = new Map(page.keys.map((key) => [key.integrationId, key]));
      for (const sealed of page.sealed) {
        counts[(await this.move(sealed, keys.get(sealed.integrationId))) ? 'moved' : 'left']++;
      }
      afterIntegrationId = page.nextAfterIntegrationId;
      if (afterIntegrationId === '' || this.stopping.signal.aborted) return this.tell(counts);
    }
  }

  private tell({ moved, left }: { moved: number; left: number }): void {
    const { log } = this.options;
    if (left > 0)
      log.warn({ moved, left }, 'data keys are left under another key than their integration has now');
    else if (moved > 0 || !this.told)
      log.info({ moved }, "every data key is wrapped to its integration's current key");
    this.told = left === 0;
  }

  private async move(sealed: SealedCredential, to: registryV1.IntegrationKey | undefined): Promise<boolean> {
    if (to === undefined) return false;
    const { rpc, unwrapper, log } = this.options;
    const { integrationId, credentialVersion, keyId: fromKeyId } = sealed;
    const { keyId } = to;
    try {
      const { encapsulatedKey, wrappedDataKey } = await unwrapper.rewrap(sealed, to);
      await rpc.rewrapDataKey(
        {
          integrationId,
          credentialVersion,
          fromKeyId,
          toKeyId: keyId,
          encapsulatedKey: Buffer.from(encapsulatedKey),
          wrappedDataKey: Buffer.from(wrappedDataKey),
        },
        { deadlineMs: DEADLINE_MS },
      );
      return true;
    } catch (error) {
      log.warn({ err: error, integrationId, fromKeyId, keyId }, 'a data key was not wrapped anew');
      return false;
    }
  }
}
