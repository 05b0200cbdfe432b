import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore, type RecordedEvent, type SubscriptionBatch } from '@gatehouse/event-store';
import { Clock, type IntegrationId, pagesBehind } from '@gatehouse/kernel';
import { isModelDecision } from '@gatehouse/offering';
import { ServiceLog } from '@gatehouse/platform';
import { UnapprovedCredentials } from '../approval/unapproved-credentials';
import { SLUG_STREAM_PREFIX, SlugStreams } from '../slug/slug-streams';
import { IntegrationKeys } from '../vault/integration-keys.ports';
import { KeyDestruction } from '../vault/key-destruction';
import {
  type AgingSecret,
  CleanupMemory,
  CredentialVault,
  type Reservation,
  type ReservationChange,
} from './integration.ports';
import { IntegrationRemains, processMetadata } from './integration-remains';
import { INTEGRATION_STREAM_PREFIX, IntegrationStreams } from './integration-streams';
import { secretIdOf } from './secret-id';

export interface CleanupOptions {
  /** How long a connection may take from its slug's reservation to its record, in milliseconds. */
  readonly graceMs: number;
  /** How often abandoned work is looked for, in milliseconds. */
  readonly sweepEveryMs: number;
}

const RETRY_MS = 1_000;

/**
 * The process manager behind integrations. It follows the log and does what an event leaves to be done (destroys a
 * superseded or deleted credential, frees the slug), and sweeps up what a crash left half done. Every step may be done
 * twice, so a crash anywhere is mended by beginning again at the checkpoint.
 */
export class IntegrationCleanup {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly integrations: IntegrationStreams,
    private readonly slugs: SlugStreams,
    private readonly vault: CredentialVault,
    private readonly memory: CleanupMemory,
    private readonly remains: IntegrationRemains,
    private readonly keys: IntegrationKeys,
    private readonly keyDestruction: KeyDestruction,
    private readonly unapproved: UnapprovedCredentials,
    private readonly clock: Clock,
    private readonly log: ServiceLog,
    private readonly options: CleanupOptions,
  ) {}

  start(): void {
    this.running = Promise.all([
      this.forEver('following the log', () => this.follow()),
      this.forEver('sweeping', () => this.sweepAgainAndAgain()),
    ]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Follows the log from the checkpoint until stopped. */
  async follow(): Promise<void> {
    const batches = this.store.subscribe({
      after: await this.memory.checkpoint(),
      streamPrefixes: [INTEGRATION_STREAM_PREFIX, SLUG_STREAM_PREFIX],
      signal: this.stopping.signal,
    });
    for await (const batch of batches) await this.handle(batch);
  }

  /** Does what the events ask for, then moves the checkpoint. */
  async handle({ events, checkpoint }: Pick<SubscriptionBatch, 'events' | 'checkpoint'>): Promise<void> {
    const changes: ReservationChange[] = [];
    for (const event of events) changes.push(...(await this.react(event)));
    await this.memory.advance(changes, checkpoint);
  }

  /**
   * Gives up connections whose grace is over, destroys credentials that no event will make current or nobody can approve any
   * more, and has keys destroyed that nothing needs any more. Each for itself: what cannot be done yet holds up nothing else.
   */
  async sweep(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - this.options.graceMs);
    for (const reservation of await this.memory.openSince(before))
      await this.orLater(reservation, () => this.settle(reservation));
    await this.sweepSecrets(before);
    await this.unapproved.sweep();
    await this.sweepKeys(before);
  }

  /** Goes on behind those that stay, as drafts do for a day. */
  private async sweepSecrets(before: Date): Promise<void> {
    const unconfirmed = (after?: AgingSecret) => this.vault.unconfirmedBefore(before, after);
    for await (const secrets of pagesBehind(unconfirmed, this.stopping.signal))
      for (const secret of secrets) await this.orLater(secret, () => this.sweepSecret(secret));
  }

  private async sweepSecret(secret: AgingSecret): Promise<void> {
    const { integration, secretId } = await this.integrations.history(secret.integrationId);
    const isCurrent = secretId === secret.secretId;
    // An absent one may yet be connected, a higher version may yet be recorded: both end in an event or a sweep.
    const mayCome =
      integration.status === 'absent' ||
      (integration.status === 'connected' &&
        secret.credentialVersion > integration.details.credentialVersion);
    if (!isCurrent && !mayCome) await this.vault.destroy(secret.secretId);
  }

  /** A key that nothing was sealed to is of a connection that was refused, or of an integration that has ended. */
  private async sweepKeys(before: Date): Promise<void> {
    const { signal } = this.stopping;
    const bare = (after?: IntegrationId) => this.keys.withoutCredential(before, after);
    for await (const some of pagesBehind(bare, signal))
      for (const integrationId of some)
        await this.orLater({ integrationId }, () => this.condemnUnused(integrationId, before));
    await this.keys.condemnSuperseded(before);
    await this.keyDestruction.round(signal);
  }

  /** Whoever takes the connection up again in that moment keeps the key, or is told that it has gone. */
  private async condemnUnused(id: IntegrationId, before: Date): Promise<void> {
    const { integration } = await this.integrations.history(id);
    if (integration.status !== 'connected') await this.keys.condemnUnused(id, before, this.clock.now());
  }

  private async react(recorded: RecordedEvent): Promise<readonly ReservationChange[]> {
    return recorded.stream.startsWith(SLUG_STREAM_PREFIX)
      ? this.reactToSlug(recorded)
      : this.reactToIntegration(recorded);
  }

  private async reactToSlug(recorded: RecordedEvent): Promise<readonly ReservationChange[]> {
    const event = this.slugs.decode(recorded);
    switch (event.type) {
      case 'SlugReserved':
        return [changeOf('begun', event, recorded)];
      case 'SlugReleased':
        return [changeOf('ended', event, recorded)];
    }
  }

  private async reactToIntegration(recorded: RecordedEvent): Promise<readonly ReservationChange[]> {
    const event = this.integrations.decode(recorded);
    if (isModelDecision(event)) return [];
    const secretId = secretIdOf(event, recorded.metadata);
    switch (event.type) {
      case 'IntegrationConnected':
        if (secretId !== undefined) await this.vault.confirm({ ...event, secretId });
        return [changeOf('ended', event, recorded)];
      case 'CredentialRotated':
      case 'IntegrationReconfigured':
        if (secretId !== undefined) await this.vault.confirm({ ...event, secretId });
        return [];
      case 'IntegrationReady':
      case 'IntegrationRenamed':
      case 'IntegrationDescribed':
      case 'IntegrationDisabled':
      case 'IntegrationEnabled':
      case 'IntegrationKeyDestructionScheduled':
      case 'IntegrationKeyDestroyed':
      case 'CredentialRejected':
      case 'CredentialAccepted':
      case 'DeploymentAdded':
      case 'DeploymentChanged':
      case 'DeploymentRemoved':
      case 'DefaultDeploymentChanged':
        return [];
      case 'IntegrationConnectAbandoned':
        await this.remains.destroyCredentials(event.integrationId);
        return [];
      case 'IntegrationConnectRefused':
      case 'IntegrationDeleted': {
        const { integration } = await this.integrations.history(event.integrationId);
        if ('details' in integration) await this.remains.remove(integration.details);
        return [];
      }
    }
  }

  /** First the integration's stream is closed to a late connection, then the slug is freed. */
  private async settle(reservation: Reservation): Promise<void> {
    const { organizationId, slug, integrationId } = reservation;
    const reason = 'the connection was not completed';
    const command = { type: 'AbandonConnect', integrationId } as const;
    const metadata = processMetadata(organizationId, {
      command: 'AbandonConnect',
      requestId: `abandon-${integrationId}`,
      reason,
    });
    const { state } = await this.integrations.decide(integrationId, command, { metadata });
    if (state.status === 'connected' && state.details.slug === slug) return;
    await this.remains.releaseSlug(reservation, reason);
  }

  private async orLater(
    { integrationId }: Pick<Reservation, 'integrationId'>,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn(
        { err: error, integrationId },
        'cleanup: what is left of an integration is swept up later',
      );
    }
  }

  private async sweepAgainAndAgain(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.sweep();
      await this.pause(this.options.sweepEveryMs);
    }
  }

  private async forEver(what: string, work: () => Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.log.warn({ err: error }, `cleanup: ${what} failed and is tried again`);
        await this.pause(RETRY_MS);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

const changeOf = (
  kind: ReservationChange['kind'],
  { organizationId, slug, integrationId }: Reservation,
  { position, recordedAt }: RecordedEvent,
): ReservationChange => ({
  kind,
  reservation: { organizationId, slug, integrationId },
  position,
  at: recordedAt,
});
