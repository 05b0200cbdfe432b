import type { Position } from '@gatehouse/event-store';
import { type BulkId, Ids, type WorkspaceId } from '@gatehouse/kernel';
import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { BulkOutcome } from '../../domain/bulk-provision/bulk-provision.events';
import { ROLLOUTS } from '../auto-provision/auto-provision.ports';
import { DIRECTORY } from '../directory.ports';
import { Integrations } from '../provision/provision.ports';
import { BulkProvisionStreams } from './bulk-provision-streams';
import { BulkProvisions, type BulkTurn, type OpenBulk } from './bulk-provision.ports';
import { BulkTurnTaker, metadataOf } from './bulk-turn-taker';
import { PolicyBulkStarter } from './policy-bulk-starter';

/** Outcomes are recorded by so many: each event is read again with every one that follows. */
const TURNS_AT_ONCE = 500;
/** So many steps are taken before the projections have seen the first of them: who waits for those waits no longer than that. */
const STEPS_AHEAD = 2;
/** What commands and lists of everybody wait for. */
const WAITED_FOR = [DIRECTORY, ROLLOUTS];

/**
 * The process manager of bulk provisions: carries each to its workspaces, some of every open one in turn, so that a large
 * one holds up no other. Every step has a request id that derives from the bulk: it may be done twice, by any number of
 * processes, and a crash between a provision and its outcome is mended by doing it again.
 */
@Injectable()
export class BulkProvisionProcess implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;
  /** The positions that the last steps reached, oldest first. */
  private readonly steps: Position[] = [];

  constructor(
    private readonly bulks: BulkProvisions,
    private readonly streams: BulkProvisionStreams,
    private readonly starter: PolicyBulkStarter,
    private readonly turns: BulkTurnTaker,
    private readonly integrations: Integrations,
    private readonly projections: Projections,
    private readonly ids: Ids,
    private readonly log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'bulk provisions',
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
    await this.recurring.each(
      await this.bulks.unstarted(),
      ({ integrationId, revision }) => this.starter.start(integrationId, revision),
      ({ integrationId }) => ({ integrationId }),
    );
    // Ahead of the projection, which has yet to see what was recorded a moment ago.
    const reached = new Map<BulkId, number | 'end'>();
    for (let open = await this.ahead(reached); open.length > 0; open = await this.ahead(reached)) {
      for (const bulk of open) reached.set(bulk.bulkId, await this.carryOn(bulk, reached.get(bulk.bulkId)));
    }
  }

  private async ahead(reached: ReadonlyMap<BulkId, number | 'end'>): Promise<readonly OpenBulk[]> {
    if (this.recurring.stopped.aborted) return [];
    return this.bulks.open([...reached].flatMap(([bulkId, at]) => (at === 'end' ? [bulkId] : [])));
  }

  /** How far it has come; `end` where there is nothing to do before the next look. */
  private async carryOn(bulk: OpenBulk, reached: number | 'end' = 0): Promise<number | 'end'> {
    if (reached === 'end') return 'end';
    try {
      await this.keepPace();
      const turns = await this.bulks.turns(bulk.bulkId, reached, TURNS_AT_ONCE);
      const last = turns.at(-1);
      if (last === undefined) return await this.complete(bulk);
      await this.record(bulk, await this.outcomesOf(bulk, turns));
      return last.ordinal;
    } catch (error) {
      this.log.warn({ err: error, bulkId: bulk.bulkId }, 'a bulk provision will be carried on later');
      return 'end';
    }
  }

  /** Goes no faster than the projections can follow. UNAVAILABLE `PROJECTION_BEHIND` where they do not for the moment. */
  private async keepPace(): Promise<void> {
    if (this.steps.length < STEPS_AHEAD) return;
    const wanted = String(this.steps[0]);
    await Promise.all(WAITED_FOR.map((name) => this.projections.waitFor(name, wanted)));
    this.steps.shift();
  }

  private async outcomesOf(bulk: OpenBulk, turns: readonly BulkTurn[]): Promise<readonly BulkOutcome[]> {
    const integration = await this.integrations.find(bulk.organizationId, bulk.integrationId);
    if (integration?.status === 'deleted' || integration?.status === 'refused') {
      return turns.map(({ workspaceId }) => gone(workspaceId));
    }
    const taken = await this.turns.take(
      bulk,
      turns.map(({ workspaceId }) => workspaceId),
    );
    const failed = taken.filter((answer) => answer.status === 'rejected');
    const [first] = failed;
    if (first) {
      const { bulkId } = bulk;
      this.log.warn(
        { err: first.reason, bulkId, workspaces: failed.length },
        'workspaces have their turn again',
      );
    }
    return taken.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  private async record(bulk: OpenBulk, outcomes: readonly BulkOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const { bulkId } = bulk;
    const requestId = this.ids.derive('outcomes', bulkId, ...outcomes.map((one) => one.workspaceId));
    const command = { type: 'RecordBulkOutcomes', bulkId, outcomes } as const;
    const metadata = metadataOf(bulk, command.type, requestId);
    this.steps.push((await this.streams.record(bulkId, command, { metadata })).position);
  }

  private async complete(bulk: OpenBulk): Promise<'end'> {
    const { bulkId, workspaces } = bulk;
    const command = { type: 'CompleteBulkProvision', bulkId, workspaces } as const;
    const metadata = metadataOf(bulk, command.type, `bulk-${bulkId}-complete`);
    await this.streams.record(bulkId, command, { metadata });
    return 'end';
  }
}

const gone = (workspaceId: WorkspaceId): BulkOutcome => ({
  workspaceId,
  kind: 'refused',
  reason: 'INTEGRATION_UNKNOWN',
});
