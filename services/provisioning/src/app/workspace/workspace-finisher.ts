import { ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Directory } from '../directory.ports';
import { WorkspaceNames } from './workspace-names';

const INTERVAL_MS = 1_000;

/**
 * The process manager of workspaces' names: looks for names that are not settled, as after a crash between two steps of a
 * creation or a renaming, and settles them. What is just under way may be finished by both; it is the same.
 */
@Injectable()
export class WorkspaceFinisher implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly directory: Directory,
    private readonly names: WorkspaceNames,
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
      for (const { organizationId, name } of await this.directory.unsettledNames()) {
        await this.names.finish(organizationId, name);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'unsettled names of workspaces will be looked at again');
    }
  }
}
