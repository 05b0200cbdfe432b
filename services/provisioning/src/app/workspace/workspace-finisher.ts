import { ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Directory } from '../directory.ports';
import { WorkspaceCreation } from './workspace-creation';

const INTERVAL_MS = 1_000;

/**
 * The process manager of workspace creation: looks for names whose workspace was never created, as after a crash
 * between the two steps, and finishes them. A creation that is just under way may be finished by both; it is the same.
 */
@Injectable()
export class WorkspaceFinisher implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly directory: Directory,
    private readonly creation: WorkspaceCreation,
    private readonly log: ServiceLog,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.running.then(() => this.finishAll());
    }, INTERVAL_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async finishAll(): Promise<void> {
    try {
      for (const { organizationId, name } of await this.directory.unfinishedWorkspaces()) {
        await this.creation.finish(organizationId, name);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'unfinished workspaces will be looked at again');
    }
  }
}
