import type { EventMetadata, Position, Revision } from '@gatehouse/event-store';
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
 * Answers the position. Errors: REFUSED `SECRET_REFERENCE_IN_USE`; NOT_FOUND `SECRET_REFERENCE_UNKNOWN`; CONFLICT
 * `REVISION_MISMATCH`, `REQUEST_ID_REUSED`.
 */
@CommandHandler(RemoveSecretReferenceCommand)
export class RemoveSecretReferenceHandler implements ICommandHandler<RemoveSecretReferenceCommand> {
  constructor(
    private readonly references: SecretReferenceStreams,
    private readonly directory: SecretReferenceDirectory,
  ) {}

  async execute({ input, metadata }: RemoveSecretReferenceCommand): Promise<Position> {
    const { organizationId } = metadata;
    const { slug, expectedRevision } = input;
    const uses = (await this.directory.usesOf(organizationId, slug)).length;
    const { position } = await this.references.decide(
      secretReferenceKey(organizationId, slug),
      { type: 'RemoveSecretReference', organizationId, slug, uses },
      { metadata, expectedRevision },
    );
    return position;
  }
}
