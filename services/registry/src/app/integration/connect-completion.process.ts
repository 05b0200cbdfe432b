import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type ConnectOutcome, ConnectOutcomes } from './integration.ports';
import { IntegrationKeys } from '../vault/integration-keys.ports';
import { processMetadata } from './integration-remains';
import { IntegrationStreams } from './integration-streams';

const INTERVAL_MS = 200;

/**
 * The second half of connecting in one step: provisioning has made the provisions, or told why it cannot; here that is
 * recorded, and the integration serves or ends. Looked for again and again, so that a crash anywhere is mended by looking.
 */
@Injectable()
export class ConnectCompletion implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly outcomes: ConnectOutcomes,
    private readonly integrations: IntegrationStreams,
    private readonly keys: IntegrationKeys,
    private readonly log: ServiceLog,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.lookAgainAndAgain();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async lookAgainAndAgain(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for (const outcome of await this.outcomes.open()) await this.record(outcome);
      } catch (error) {
        this.log.warn({ err: error }, 'connecting integrations will be looked at again');
      }
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async record({ organizationId, integrationId, refusal }: ConnectOutcome): Promise<void> {
    const command =
      refusal === undefined
        ? ({ type: 'CompleteConnect', integrationId } as const)
        : ({
            type: 'RefuseConnect',
            integrationId,
            ...refusal,
            keyIds: await this.keys.keyIdsOf(integrationId),
          } as const);
    const metadata = processMetadata(organizationId, {
      command: command.type,
      requestId: `connected-${integrationId}`,
      reason: refusal === undefined ? 'all of its workspaces have it' : 'a workspace cannot have it',
    });
    await this.integrations.decide(integrationId, command, { metadata });
  }
}
