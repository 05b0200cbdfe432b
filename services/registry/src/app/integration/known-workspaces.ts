import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, Clock, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { IntegrationDetails } from '../../domain/integration/integration';
import { WorkspaceDirectory } from './integration.ports';

const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 20;

/** Sees to it that the workspaces of an integration are its organization's. */
@Injectable()
export class KnownWorkspaces {
  constructor(
    private readonly directory: WorkspaceDirectory,
    private readonly clock: Clock,
  ) {}

  /**
   * One that is not known may just be on its way over the bus: it is waited for where the caller says so. Errors: NOT_FOUND
   * `WORKSPACE_UNKNOWN`, for another organization's as for none.
   */
  async assertKnown(
    {
      organizationId,
      workspaces,
      ownerWorkspaceId,
    }: Pick<IntegrationDetails, 'organizationId' | 'workspaces' | 'ownerWorkspaceId'>,
    patient: boolean,
  ): Promise<void> {
    const wanted = [
      ...workspaces.map(({ workspaceId }) => workspaceId),
      ...(ownerWorkspaceId === undefined ? [] : [ownerWorkspaceId]),
    ];
    const deadline = this.clock.monotonicMs() + (patient ? PATIENCE_MS : 0);
    for (let missing: readonly WorkspaceId[] = wanted; missing.length > 0;) {
      const known = await this.directory.known(organizationId, missing);
      missing = missing.filter((id) => !known.has(id));
      const [first] = missing;
      if (first === undefined) return;
      if (this.clock.monotonicMs() >= deadline) {
        throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN', { metadata: { workspace_id: first } });
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /**
   * FORBIDDEN `WORKSPACE_MAY_NOT_CONNECT` where organization or workspace say that its admins connect nothing, saying who does.
   * What was not heard of yet stands against nobody: they may until it is said otherwise.
   */
  async assertConnecting({
    organizationId,
    ownerWorkspaceId,
  }: Pick<IntegrationDetails, 'organizationId' | 'ownerWorkspaceId'>): Promise<void> {
    if (ownerWorkspaceId === undefined) throw new AppError('FORBIDDEN', 'WORKSPACE_FORBIDDEN');
    const by = await this.directory.forbidsConnecting(organizationId, ownerWorkspaceId);
    if (by) throw new AppError('FORBIDDEN', 'WORKSPACE_MAY_NOT_CONNECT', { metadata: { said_by: by } });
  }
}
