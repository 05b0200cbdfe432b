import { type Answer, type EventMetadata, type RecordedEvent, revision } from '@gatehouse/event-store';
import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { NamePurpose, WorkspaceNameReserved } from '../../domain/workspace-name/workspace-name.events';
import { workspaceSlug } from '../../domain/workspace-slug/workspace-slug';
import type { WorkspaceState } from '../../domain/workspace/workspace';
import { workspaceNameKey, WorkspaceNameStreams } from './workspace-name-streams';
import { WorkspaceSlugStreams } from './workspace-slug-streams';
import { WorkspaceStreams } from './workspace-streams';

/**
 * Carries out what names were reserved for. Whoever does so, and how often, appends the same events with the same ids: a
 * creation or a renaming that was cut off is finished by whoever looks next.
 */
@Injectable()
export class WorkspaceNames {
  constructor(
    private readonly names: WorkspaceNameStreams,
    private readonly slugs: WorkspaceSlugStreams,
    private readonly workspaces: WorkspaceStreams,
  ) {}

  /**
   * Creates or renames the workspace that the name is reserved for, and releases the name where the workspace cannot have
   * it, or bears another by now. Undefined where nobody has it. A reservation is released by its revision, after what it
   * was for was done: a later one of the same workspace, which is yet to be carried out, is another.
   */
  async settle(organizationId: OrganizationId, name: string): Promise<Answer<WorkspaceState> | undefined> {
    const recorded = (await this.names.recorded(workspaceNameKey(organizationId, name))).at(-1);
    if (!recorded) return undefined;
    const reservation = this.names.decode(recorded);
    if (reservation.type === 'WorkspaceNameReleased') return undefined;
    const metadata = { ...recorded.metadata, causationId: recorded.id };
    let answer: Answer<WorkspaceState>;
    try {
      answer = await this.carryOut(reservation, metadata);
    } catch (error) {
      if (isFinal(error, reservation.purpose)) await this.release(reservation, recorded);
      throw error;
    }
    const borne = answer.state.status !== 'absent' && answer.state.name === name;
    if (!borne) await this.release(reservation, recorded);
    return answer;
  }

  /** Settles a name for whoever asked for it: what is refused was refused to them, and the name is free again. */
  async finish(organizationId: OrganizationId, name: string): Promise<void> {
    try {
      await this.settle(organizationId, name);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'UNAVAILABLE') throw error;
    }
  }

  private async carryOut(
    { organizationId, workspaceId, name, purpose }: WorkspaceNameReserved,
    metadata: EventMetadata,
  ): Promise<Answer<WorkspaceState>> {
    if (purpose.kind === 'renaming') {
      const { expectedRevision } = purpose;
      return this.workspaces.decide(
        workspaceId,
        { type: 'RenameWorkspace', organizationId, name },
        { metadata, ...(expectedRevision !== undefined && { expectedRevision: revision(expectedRevision) }) },
      );
    }
    const { kind: _kind, slug: wanted, ...fields } = purpose;
    const slug = await this.slugFor(metadata, { workspaceId, name, wanted });
    const create = { type: 'CreateWorkspace', workspaceId, organizationId, name, slug, ...fields } as const;
    return this.workspaces.decide(workspaceId, create, { metadata });
  }

  private async slugFor(
    metadata: EventMetadata,
    { workspaceId, name, wanted }: { workspaceId: WorkspaceId; name: string; wanted: string },
  ): Promise<string> {
    if (wanted === '') return this.slugs.mint(metadata, workspaceId, name);
    const slug = workspaceSlug(wanted);
    await this.slugs.reserve(metadata, workspaceId, slug);
    return slug;
  }

  private async release(reservation: WorkspaceNameReserved, recorded: RecordedEvent): Promise<void> {
    const { organizationId, name } = reservation;
    const metadata = {
      ...recorded.metadata,
      requestId: `release-${recorded.id}`,
      command: 'ReleaseWorkspaceName',
      causationId: recorded.id,
    };
    const options = { metadata, expectedRevision: recorded.revision };
    try {
      const release = { type: 'ReleaseWorkspaceName' } as const;
      await this.names.decide(workspaceNameKey(organizationId, name), release, options);
    } catch (error) {
      // Another has released it, and it may be reserved anew.
      if (!(error instanceof AppError && error.reason === 'REVISION_MISMATCH')) throw error;
    }
  }
}

/**
 * What stays refused whenever it is tried: no slug is released, no workspace comes back, and no revision is reached twice.
 * A race that was lost once too often is none of it.
 */
const isFinal = (error: unknown, purpose: NamePurpose): boolean => {
  if (!(error instanceof AppError)) return false;
  const revisionAsked = purpose.kind === 'renaming' && purpose.expectedRevision !== undefined;
  if (error.reason === 'REVISION_MISMATCH') return revisionAsked;
  return error.reason === 'WORKSPACE_SLUG_TAKEN' || error.reason === 'WORKSPACE_ARCHIVED';
};
