import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Directory } from '../directory.ports';
import { WorkspaceNames } from './workspace-names';

/**
 * The process manager of workspaces' names: looks for names that are not settled, as after a crash between two steps of a
 * creation or a renaming, and settles them. What is just under way may be finished by both; it is the same.
 */
@Injectable()
export class WorkspaceFinisher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly directory: Directory,
    private readonly names: WorkspaceNames,
    projections: Projections,
    log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'unsettled names of workspaces',
      intervalMs: 1_000,
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
      await this.directory.unsettledNames(),
      ({ organizationId, name }) => this.names.finish(organizationId, name),
      ({ organizationId }) => ({ organizationId }),
    );
  }
}
