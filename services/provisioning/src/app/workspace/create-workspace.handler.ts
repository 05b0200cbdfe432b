import type { Answer, EventMetadata } from '@gatehouse/event-store';
import { AppError, Ids, type LimitSpec, type WorkspaceId, workspaceId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WorkspaceSlug } from '../../domain/workspace-slug/workspace-slug';
import { isWorkspace, type WorkspaceState } from '../../domain/workspace/workspace';
import type { WorkspaceDetails } from '../../domain/workspace/workspace.events';
import type { Answered } from '../answered';
import { NewWorkspaceProvisions } from '../auto-provision/new-workspace-provisions';
import { WorkspaceNames } from './workspace-names';
import { WorkspaceNameStreams, workspaceNameKey } from './workspace-name-streams';
import { WorkspaceSlugStreams } from './workspace-slug-streams';
import { WorkspaceStreams } from './workspace-streams';
import { type WorkspaceView, workspaceView } from './workspace.view';

export interface NewWorkspace {
  readonly name: string;
  /** Made from the name where there is none. */
  readonly slug: WorkspaceSlug | undefined;
  readonly details: WorkspaceDetails;
  readonly limits: readonly LimitSpec[];
}

export interface CreatedWorkspace extends Answered<WorkspaceView> {
  /** Not all of the provisions stand yet that policies give it: they come by themselves. */
  readonly provisionsPending: boolean;
}

export class CreateWorkspaceCommand extends Command<CreatedWorkspace> {
  constructor(
    readonly metadata: EventMetadata,
    readonly wanted: NewWorkspace,
  ) {
    super();
  }
}

/**
 * Three streams, so three steps: the name is reserved, with all that the workspace begins with; then the slug, and the
 * workspace is created, from the reservation alone. Whoever is cut off in between is finished by a repetition or by
 * WorkspaceFinisher. It is answered when the provisions stand that policies give it.
 */
@CommandHandler(CreateWorkspaceCommand)
export class CreateWorkspaceHandler implements ICommandHandler<CreateWorkspaceCommand> {
  constructor(
    private readonly streams: WorkspaceNameStreams,
    private readonly slugs: WorkspaceSlugStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly names: WorkspaceNames,
    private readonly provisions: NewWorkspaceProvisions,
    private readonly ids: Ids,
  ) {}

  async execute({ metadata, wanted }: CreateWorkspaceCommand): Promise<CreatedWorkspace> {
    const { organizationId, requestId } = metadata;
    const id = workspaceId(this.ids.derive('ws', organizationId, requestId));
    const made = await this.earlier(metadata, id, wanted.name);
    if (made) return this.answered(made);
    const { name, slug, ...fields } = wanted;
    // So that the name is not reserved in vain; who is quicker by a moment is found by the reservation.
    if (slug !== undefined) await this.slugs.refuseTaken(organizationId, slug, id);
    const seed = this.ids.derive('seed', organizationId, requestId);
    const purpose = { kind: 'creation', slug: slug ?? '', ...fields, seed } as const;
    const reserve = { type: 'ReserveWorkspaceName', organizationId, name, workspaceId: id, purpose } as const;
    await this.streams.decide(workspaceNameKey(organizationId, name), reserve, { metadata });
    const settled = await this.names.settle(organizationId, name);
    // The name may be another's by now: what this request has made may be called otherwise since.
    const answer =
      settled && isWorkspace(id, settled.state) ? settled : await this.earlier(metadata, id, name);
    // This very request had reserved the name before, and was refused: its name is free again, or another's.
    if (!answer) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
    return this.answered(answer);
  }

  private async answered(answer: Answer<WorkspaceState>): Promise<CreatedWorkspace> {
    const view = workspaceView(answer);
    const { pending, position } = await this.provisions.stand(view.id, answer.position);
    return { view, position, provisionsPending: pending };
  }

  /** What an earlier call with the same request id has made, whatever it is called by now. */
  private async earlier(
    metadata: EventMetadata,
    id: WorkspaceId,
    name: string,
  ): Promise<Answer<WorkspaceState> | undefined> {
    const existing = await this.workspaces.find(id);
    if (!existing || existing.state.status === 'absent') return undefined;
    if (existing.state.firstName !== name) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
    const create = { ...existing.state, type: 'CreateWorkspace', name } as const;
    return this.workspaces.decide(id, create, { metadata });
  }
}
