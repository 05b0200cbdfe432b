import { AppError, Clock, type IntegrationId, pagesBehind } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import type { Destruction } from '@gatehouse/sealing';
import { processMetadata } from '../integration/integration-remains';
import { IntegrationStreams } from '../integration/integration-streams';
import { type CondemnedKey, IntegrationKeys, KeyCustody } from './integration-keys.ports';

/** A provider whose waiting time is over may still take its time. */
const ASK_AGAIN_MS = 60 * 60_000;

/**
 * Has keys destroyed, for ever until whoever holds them has confirmed it, and records what it hears of those of deleted
 * integrations. Every step may be repeated.
 */
export class KeyDestruction {
  constructor(
    private readonly keys: IntegrationKeys,
    private readonly custody: KeyCustody,
    private readonly integrations: IntegrationStreams,
    private readonly clock: Clock,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  /** Asks for every condemned key that is due. One that cannot be destroyed now is told, and left for the next round. */
  async round(stopped: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const due = (after?: CondemnedKey) => this.keys.due(now, after);
    for await (const some of pagesBehind(due, stopped)) await this.tryAll(some);
  }

  /** The same of one integration. */
  async roundOf(id: IntegrationId): Promise<void> {
    await this.tryAll(await this.keys.dueOf(id, this.clock.now()));
  }

  private async tryAll(due: readonly CondemnedKey[]): Promise<void> {
    for (const key of due) {
      try {
        await this.destroy(key);
      } catch (error) {
        const { integrationId, keyId } = key;
        this.log.warn({ err: error, integrationId, keyId }, 'a key is not destroyed yet; it is tried again');
      }
    }
  }

  private async destroy(key: CondemnedKey): Promise<void> {
    const first = await this.ask(key);
    if (first.state === 'destroyed') return this.destroyed(key);
    await this.scheduled(key, first.until);
    // Where the provider does not wait at all.
    if (first.until > this.clock.now()) return;
    const second = await this.ask({ ...key, wasScheduled: true });
    if (second.state === 'destroyed') await this.destroyed(key);
  }

  private async ask(key: CondemnedKey): Promise<Destruction> {
    try {
      return await this.custody.destroy(key, key.keyId, key.wasScheduled);
    } catch (error) {
      const isUnknown = error instanceof AppError && error.reason === 'INTEGRATION_KEY_UNKNOWN';
      // It was asked for, and never made. Of one that was made, the holder has to know.
      if (isUnknown && key.keyId === '') return { state: 'destroyed' };
      throw error;
    }
  }

  private async scheduled(key: CondemnedKey, until: Date): Promise<void> {
    const soonest = new Date(this.clock.now().getTime() + ASK_AGAIN_MS);
    await this.keys.scheduled(key, until > soonest ? until : soonest);
    if (until > this.clock.now()) await this.record(key.integrationId, key.keyId, until);
  }

  private async destroyed(key: CondemnedKey): Promise<void> {
    await this.record(key.integrationId, key.keyId, undefined);
    await this.keys.destroyed(key);
  }

  /** The stream decides whether it is news: a superseded key of a live integration is none. */
  private async record(
    integrationId: IntegrationId,
    keyId: string,
    scheduledFor: Date | undefined,
  ): Promise<void> {
    const { integration } = await this.integrations.history(integrationId);
    if (integration.status !== 'deleted') return;
    const command = { type: 'RecordKeyDestruction', integrationId, keyId, scheduledFor } as const;
    const metadata = processMetadata(integration.details.organizationId, {
      command: 'RecordKeyDestruction',
      requestId: `key-${scheduledFor?.getTime() ?? 'destroyed'}-${keyId}`,
      reason: 'the integration was deleted',
    });
    await this.integrations.decide(integrationId, command, { metadata });
  }
}
