import { type EventMetadata, EventStore, type Position, type Revision } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Slug } from '../../domain/slug/slug';
import { SecretReferenceDirectory } from './secret-reference.ports';
import { secretReferenceKey, SecretReferenceStreams } from './secret-reference-streams';

export class RemoveSecretReferenceCommand extends Command<Position> {
  constructor(
    readonly input: { readonly slug: Slug; readonly expectedRevision: Revision | undefined },
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Answers the position. What was recorded before it is asked counts as a use. Errors: REFUSED `SECRET_REFERENCE_IN_USE`; NOT_FOUND
 * `SECRET_REFERENCE_UNKNOWN`; CONFLICT `REVISION_MISMATCH`, `REQUEST_ID_REUSED`; UNAVAILABLE `PROJECTION_BEHIND`.
 */
@CommandHandler(RemoveSecretReferenceCommand)
export class RemoveSecretReferenceHandler implements ICommandHandler<RemoveSecretReferenceCommand> {
  constructor(
    private readonly references: SecretReferenceStreams,
    private readonly directory: SecretReferenceDirectory,
    private readonly store: EventStore,
  ) {}

  async execute({ input, metadata }: RemoveSecretReferenceCommand): Promise<Position> {
    const { organizationId } = metadata;
    const { slug, expectedRevision } = input;
    await this.directory.waitFor(String(await this.store.head()));
    const uses = (await this.directory.usesOf(organizationId, slug)).length;
    const { position } = await this.references.decide(
      secretReferenceKey(organizationId, slug),
      { type: 'RemoveSecretReference', organizationId, slug, uses },
      { metadata, expectedRevision },
    );
    return position;
  }
}
