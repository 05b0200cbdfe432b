import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type ConnectOutcome, ConnectOutcomes } from './integration.ports';
import { IntegrationKeys } from '../vault/integration-keys.ports';
import { processMetadata } from './integration-remains';
import { IntegrationStreams } from './integration-streams';

/**
 * The second half of connecting in one step: provisioning has made the provisions, or told why it cannot; here that is
 * recorded, and the integration serves or ends. Looked for again and again, so that a crash anywhere is mended by looking.
 */
@Injectable()
export class ConnectCompletion implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly outcomes: ConnectOutcomes,
    private readonly integrations: IntegrationStreams,
    private readonly keys: IntegrationKeys,
    projections: Projections,
    log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'connecting integrations',
      intervalMs: 200,
      projections,
      log,
      look: () => this.look(),
    });
  }

  onApplicationBootstrap(): void {
    this.recurring.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.recurring.stop();
  }

  private async look(): Promise<void> {
    await this.recurring.each(
      await this.outcomes.open(),
      (outcome) => this.record(outcome),
      ({ integrationId }) => ({ integrationId }),
    );
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
