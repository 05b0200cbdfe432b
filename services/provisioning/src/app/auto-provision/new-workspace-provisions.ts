import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '@gatehouse/event-store';
import type { WorkspaceId } from '@gatehouse/kernel';
import { Projections, ServiceLog } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { AutoProvisions, ROLLOUTS } from './auto-provision.ports';
import { AwaitedProvisionMaker } from './awaited-provision-maker';

const PATIENCE_MS = 5_000;

/** How far the provisions of a new workspace are. */
export interface Standing {
  /** Not all of them stand, or nobody can tell: the process manager makes them nevertheless. */
  readonly pending: boolean;
  /** By which those that were made, and the workspace itself, can be read. */
  readonly position: Position;
}

/** The provisions of a workspace that was just created, for whoever answers when they stand. */
@Injectable()
export class NewWorkspaceProvisions {
  constructor(
    private readonly autoProvisions: AutoProvisions,
    private readonly maker: AwaitedProvisionMaker,
    private readonly projections: Projections,
    private readonly log: ServiceLog,
  ) {}

  /** Makes what policies give to the workspace, within 5 s. */
  async stand(workspaceId: WorkspaceId, createdAt: Position): Promise<Standing> {
    const patience = new AbortController();
    const pending: Standing = { pending: true, position: createdAt };
    const over = sleep(PATIENCE_MS, pending, { signal: patience.signal }).catch(() => pending);
    const made = this.make(workspaceId, createdAt).catch((error: unknown) => {
      this.log.warn({ err: error, workspaceId }, 'provisions of a new workspace are made later');
      return pending;
    });
    const standing = await Promise.race([made, over]);
    patience.abort();
    return standing;
  }

  private async make(workspaceId: WorkspaceId, createdAt: Position): Promise<Standing> {
    await this.projections.waitFor(ROLLOUTS, String(createdAt));
    const awaited = await this.autoProvisions.awaitedBy(workspaceId);
    const made = await this.maker.make(awaited);
    const positions = made.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
    return {
      pending: positions.includes(undefined),
      position: positions.reduce<Position>((last, one = last) => (one > last ? one : last), createdAt),
    };
  }
}
