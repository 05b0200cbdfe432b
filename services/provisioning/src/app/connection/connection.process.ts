import type { EventMetadata } from '@gatehouse/event-store';
import { AppError, type WorkspaceId, pagesBehind } from '@gatehouse/kernel';
import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ownMetadata } from '../own-metadata';
import { ProvisionMaker } from '../provision/provision-maker';
import { Integrations } from '../provision/provision.ports';
import { ProvisionStreams } from '../provision/provision-streams';
import { ConnectionStreams } from './connection-streams';
import { type ConnectedWorkspace, Connections, type OpenConnection } from './connection.ports';

/**
 * The process manager of connecting in one step: makes every provision that an integration was connected with, then tells
 * that all are made, or that one cannot be. Every step has a request id of its own that derives from the integration, so it
 * may be done twice: a crash anywhere is mended by looking again. Nobody sees a provision of an integration that is
 * connecting still, so nobody ever sees half of them.
 */
@Injectable()
export class ConnectionProcess implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly connections: Connections,
    private readonly streams: ConnectionStreams,
    private readonly integrations: Integrations,
    private readonly maker: ProvisionMaker,
    private readonly provisions: ProvisionStreams,
    projections: Projections,
    log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'open connections',
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

  /** Carries out what is open, each for itself: one that has to wait holds up no other. */
  async look(): Promise<void> {
    const open = (after?: OpenConnection) => this.connections.open(after);
    for await (const some of pagesBehind(open, this.recurring.stopped))
      await this.recurring.each(
        some,
        (connection) => this.carryOut(connection),
        ({ integrationId }) => ({ integrationId }),
      );
  }

  private async carryOut(connection: OpenConnection): Promise<void> {
    const { organizationId, integrationId } = connection;
    // Told already: the registry has yet to hear of it.
    if ((await this.streams.find(integrationId)) !== undefined) return;
    let refused: Refused | undefined;
    for (const workspace of connection.workspaces) {
      refused ??= await this.refusalOf(connection, workspace);
    }
    const command = { type: 'EndConnection', organizationId, integrationId, refused } as const;
    await this.streams.decide(integrationId, command, { metadata: metadataOf(connection, 'EndConnection') });
  }

  /** Undefined where the workspace has it. What may yet succeed is thrown. */
  private async refusalOf(
    connection: OpenConnection,
    workspace: ConnectedWorkspace,
  ): Promise<Refused | undefined> {
    try {
      await this.provide(connection, workspace);
      return undefined;
    } catch (error) {
      if (!(error instanceof AppError) || mayYetSucceed(error)) throw error;
      return { workspaceId: workspace.workspaceId, reason: error.reason };
    }
  }

  private async provide(
    connection: OpenConnection,
    { workspaceId, limits, models, disabled }: ConnectedWorkspace,
  ): Promise<void> {
    const { organizationId, integrationId } = connection;
    const integration = await this.integrations.find(organizationId, integrationId);
    if (integration === undefined) throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    const wanted = { workspaceId, integrationId, limits, models };
    const metadata = metadataOf(connection, 'ProvisionIntegration');
    const { state } = await this.maker.make(metadata, wanted, integration);
    if (!disabled || state.status === 'absent') return;
    const command = { type: 'DisableProvision', organizationId } as const;
    await this.provisions.decide(state.provisionId, command, {
      metadata: metadataOf(connection, 'DisableProvision'),
    });
  }
}

interface Refused {
  readonly workspaceId: WorkspaceId;
  readonly reason: string;
}

/** The store is away, or another was quicker by a moment. */
const mayYetSucceed = ({ code, reason }: AppError): boolean =>
  code === 'UNAVAILABLE' || reason === 'REVISION_MISMATCH';

const metadataOf = (
  { organizationId, integrationId, reason, correlationId, causationId }: OpenConnection,
  command: string,
): EventMetadata => {
  const requestId = `connect-${integrationId}-${command}`;
  return ownMetadata({ organizationId, command, requestId, reason, correlationId, causationId });
};
