import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { type Draft, integrationOf } from '../../domain/draft/draft';
import { IntegrationRemains, processMetadata } from '../integration/integration-remains';
import { IntegrationStreams } from '../integration/integration-streams';
import { Drafts } from './draft.ports';

const SWEEP_EVERY_MS = 60_000;

/**
 * Ends drafts, by hand or when their time is up. First the integration's stream is closed to a late connection, then the
 * credential is destroyed, then the draft forgotten: whatever crashes in between is done again.
 */
@Injectable()
export class DraftEndings {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly drafts: Drafts,
    private readonly integrations: IntegrationStreams,
    private readonly remains: IntegrationRemains,
    private readonly clock: Clock,
    private readonly log: ServiceLog,
  ) {}

  start(): void {
    this.running = this.sweepAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** What has become an integration keeps its credential. */
  async end({ draftId, organizationId }: Draft, reason: string): Promise<void> {
    const id = integrationOf(draftId);
    const command = { type: 'AbandonConnect', integrationId: id } as const;
    const metadata = processMetadata(organizationId, {
      command: 'AbandonConnect',
      requestId: `end-${draftId}`,
      reason,
    });
    const { state } = await this.integrations.decide(id, command, { metadata });
    if (state.status === 'abandoned') await this.remains.destroyCredentials(id);
    await this.drafts.remove(draftId);
  }

  /** Each for itself: one that cannot be ended yet holds up no other. */
  async sweep(): Promise<void> {
    for (const draft of await this.drafts.expiredBy(this.clock.now())) {
      await this.end(draft, 'the draft has expired').catch((error: unknown) => {
        const { draftId } = draft;
        this.log.warn({ err: error, draftId }, 'an expired draft could not be ended, and is tried again');
      });
    }
  }

  private async sweepAgainAndAgain(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.sweep().catch((error: unknown) =>
        this.log.warn({ err: error }, 'expired drafts could not be ended, and are tried again'),
      );
      await sleep(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
