import { ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { inFlight } from '../in-flight';
import { RecurringLook } from '../recurring-look';
import { AutoProvisionStreams } from './auto-provision-streams';
import { AutoProvisions, type AwaitedProvision, type OrphanedPolicy } from './auto-provision.ports';
import { AwaitedProvisionMaker } from './awaited-provision-maker';

/** Appends queue up behind each other in the log: more at once would only take connections from callers. */
const IN_FLIGHT_MAX = 8;

/**
 * The process manager of auto-provision: makes what policies give to workspaces that were created, and ends the policies
 * of integrations that have gone. Each provision is for itself: one that has to wait holds up no other.
 */
@Injectable()
export class AutoProvisionProcess implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly autoProvisions: AutoProvisions,
    private readonly maker: AwaitedProvisionMaker,
    private readonly policies: AutoProvisionStreams,
    private readonly log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'awaited provisions',
      intervalMs: 200,
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
    for (const orphan of await this.autoProvisions.orphaned()) await this.end(orphan);
    let last: AwaitedProvision | undefined;
    do {
      const awaited = await this.autoProvisions.awaited(last);
      await this.makeAll(awaited);
      last = awaited.at(-1);
    } while (last !== undefined && !this.recurring.stopped.aborted);
  }

  private async makeAll(awaited: readonly AwaitedProvision[]): Promise<void> {
    const made = await inFlight(awaited, IN_FLIGHT_MAX, (one) => this.maker.make(one));
    const failed = made.filter((answer) => answer.status === 'rejected');
    const [first] = failed;
    if (first) this.log.warn({ err: first.reason, provisions: failed.length }, 'provisions are made later');
  }

  private async end({ organizationId, integrationId }: OrphanedPolicy): Promise<void> {
    const command = { type: 'EndAutoProvision', organizationId, integrationId } as const;
    const requestId = `auto-provision-${integrationId}-end`;
    await this.policies.decide(integrationId, command, {
      metadata: {
        organizationId,
        actor: { kind: 'service', id: 'provisioning', address: '' },
        reason: 'its integration has gone',
        requestId,
        command: command.type,
        correlationId: requestId,
        causationId: '',
      },
    });
  }
}
