import { NO_EVENTS } from '@gatehouse/event-store';
import { AppError, type OrganizationId, pagesBehind } from '@gatehouse/kernel';
import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { inFlight } from '../in-flight';
import { ownMetadata } from '../own-metadata';
import { AutoProvisionStreams } from './auto-provision-streams';
import {
  AutoProvisions,
  type AwaitedProvision,
  type ConnectedPolicy,
  type OrphanedPolicy,
} from './auto-provision.ports';
import { AwaitedProvisionMaker } from './awaited-provision-maker';

/** Workspaces at once. Appends queue up behind each other in the log: more would only take connections from callers. */
const IN_FLIGHT_MAX = 8;

/**
 * The process manager of auto-provision: makes what policies give to workspaces that were created, sets the policies that
 * came with connections, and ends those of integrations that have gone. What a workspace awaits is written together, and each of it
 * is for itself all the same: one that has to wait holds up no other.
 */
@Injectable()
export class AutoProvisionProcess implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly autoProvisions: AutoProvisions,
    private readonly maker: AwaitedProvisionMaker,
    private readonly policies: AutoProvisionStreams,
    projections: Projections,
    private readonly log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'awaited provisions',
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

  async look(): Promise<void> {
    const orphans = await this.autoProvisions.orphaned();
    await this.recurring.each(
      orphans,
      (orphan) => this.end(orphan),
      ({ integrationId }) => ({ integrationId }),
    );
    await this.setConnected();
    const awaited = (after?: AwaitedProvision) => this.autoProvisions.awaited(after);
    for await (const some of pagesBehind(awaited, this.recurring.stopped)) await this.makeAll(some);
  }

  /** A second admin is wanted for all of an organization's or for none: the first that waits says it of the others. */
  private async setConnected(): Promise<void> {
    const waiting = new Set<OrganizationId>();
    const connected = (after?: ConnectedPolicy) => this.autoProvisions.connected(after);
    for await (const some of pagesBehind(connected, this.recurring.stopped)) {
      for (const policy of some) {
        if (waiting.has(policy.organizationId)) continue;
        if ((await this.setLater(policy)) === 'waits') waiting.add(policy.organizationId);
      }
    }
  }

  private async makeAll(awaited: readonly AwaitedProvision[]): Promise<void> {
    const workspaces = byWorkspace(awaited);
    const made = await inFlight(workspaces, IN_FLIGHT_MAX, (ofOne) => this.maker.make(ofOne));
    const failed = made
      .flatMap((answer) => (answer.status === 'rejected' ? [answer] : answer.value))
      .filter((answer) => answer.status === 'rejected');
    const [first] = failed;
    if (first) this.log.warn({ err: first.reason, provisions: failed.length }, 'provisions are made later');
  }

  /**
   * Each for itself. Where the organization wants a second admin, it waits until one is wanted no more, or until somebody has set the
   * policy with the other's approval.
   */
  private async setLater(policy: ConnectedPolicy): Promise<'waits' | undefined> {
    try {
      await this.set(policy);
    } catch (error) {
      if (error instanceof AppError && error.reason === 'APPROVAL_REQUIRED') return 'waits';
      this.log.warn({ err: error, integrationId: policy.integrationId }, 'a policy is set later');
    }
    return undefined;
  }

  /**
   * Under one request id, so that it is set once, whoever looks and however often, and where nobody has set one: the projection may
   * not have heard of it. Its models were judged at the connection.
   */
  private async set({ reason, correlationId, causationId, ...policy }: ConnectedPolicy): Promise<void> {
    const { organizationId, integrationId, models } = policy;
    const offered = models.all ? [] : models.names;
    const command = { type: 'SetAutoProvision', ...policy, offered } as const;
    const requestId = `connect-${integrationId}-${command.type}`;
    const metadata = ownMetadata({
      ...{ organizationId, command: command.type, requestId },
      ...{ reason, correlationId, causationId },
    });
    try {
      await this.policies.decide(integrationId, command, { metadata, expectedRevision: NO_EVENTS });
    } catch (error) {
      const isSet = error instanceof AppError && error.reason === 'REVISION_MISMATCH';
      if (!isSet) throw error;
    }
  }

  private async end({ organizationId, integrationId }: OrphanedPolicy): Promise<void> {
    const command = { type: 'EndAutoProvision', organizationId, integrationId } as const;
    const requestId = `auto-provision-${integrationId}-end`;
    await this.policies.decide(integrationId, command, {
      metadata: ownMetadata({
        ...{ organizationId, command: command.type, requestId },
        reason: 'its integration has gone',
      }),
    });
  }
}

const byWorkspace = (awaited: readonly AwaitedProvision[]): readonly (readonly AwaitedProvision[])[] => {
  const workspaces = new Map<string, AwaitedProvision[]>();
  for (const one of awaited)
    workspaces.set(one.workspaceId, [...(workspaces.get(one.workspaceId) ?? []), one]);
  return [...workspaces.values()];
};
