import type { EventMetadata, Position, Revision } from '@gatehouse/event-store';
import { AppError, invalidFields } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SecretLocator } from '@gatehouse/kernel';
import { locatorFaults } from '../../domain/secret-reference/secret-locator';
import type { Slug } from '../../domain/slug/slug';
import { SecretReferenceDirectory, type SecretReferenceView } from './secret-reference.ports';
import { secretReferenceKey, SecretReferenceStreams } from './secret-reference-streams';

export interface SecretReferenceAnswer {
  readonly reference: SecretReferenceView;
  readonly position: Position;
}

/** Defines a reference, or changes where one leads. */
export class WriteSecretReferenceCommand extends Command<SecretReferenceAnswer> {
  constructor(
    readonly type: 'DefineSecretReference' | 'ChangeSecretReference',
    readonly input: {
      readonly slug: Slug;
      readonly locator: SecretLocator;
      readonly expectedRevision: Revision | undefined;
    },
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Errors: CONFLICT `SECRET_REFERENCE_EXISTS`, `REVISION_MISMATCH`, `REQUEST_ID_REUSED`; NOT_FOUND
 * `SECRET_REFERENCE_UNKNOWN`; INVALID.
 */
@CommandHandler(WriteSecretReferenceCommand)
export class WriteSecretReferenceHandler implements ICommandHandler<WriteSecretReferenceCommand> {
  constructor(
    private readonly references: SecretReferenceStreams,
    private readonly directory: SecretReferenceDirectory,
  ) {}

  async execute({ type, input, metadata }: WriteSecretReferenceCommand): Promise<SecretReferenceAnswer> {
    const { organizationId } = metadata;
    const { slug, locator, expectedRevision } = input;
    const faults = locatorFaults(locator);
    if (faults.length > 0) throw invalidFields(faults);
    const { state, revision, position, createdAt } = await this.references.decide(
      secretReferenceKey(organizationId, slug),
      { type, organizationId, slug, locator },
      { metadata, expectedRevision },
    );
    // Another call may have removed it since.
    if (state.status !== 'defined') throw new AppError('NOT_FOUND', 'SECRET_REFERENCE_UNKNOWN');
    const integrationIds = await this.directory.usesOf(organizationId, slug);
    return { reference: { slug, locator: state.locator, revision, createdAt, integrationIds }, position };
  }
}
