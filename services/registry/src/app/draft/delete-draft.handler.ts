import type { EventMetadata } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { DraftId } from '../../domain/draft/draft';
import { Drafts } from './draft.ports';
import { DraftEndings } from './draft-endings';

export class DeleteDraftCommand extends Command<void> {
  constructor(
    readonly draftId: DraftId,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/** Destroys the credential. Done before, it does nothing; so it does for another organization's. */
@CommandHandler(DeleteDraftCommand)
export class DeleteDraftHandler implements ICommandHandler<DeleteDraftCommand> {
  constructor(
    private readonly drafts: Drafts,
    private readonly endings: DraftEndings,
  ) {}

  async execute({ draftId, metadata }: DeleteDraftCommand): Promise<void> {
    const draft = await this.drafts.find(metadata.organizationId, draftId);
    if (draft !== undefined) await this.endings.end(draft, metadata.reason || 'the draft was deleted');
  }
}
