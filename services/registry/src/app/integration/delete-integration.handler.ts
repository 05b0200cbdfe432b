import {
  decideAndAppend,
  type EventMetadata,
  EventStore,
  type Position,
  type Revision,
} from '@gatehouse/event-store';
import { Ids, type IntegrationId } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { integrationAggregate, integrationStream, readOwnIntegration } from './integration-aggregate';
import { IntegrationRemains } from './integration-remains';

export interface DeleteIntegrationInput {
  readonly integrationId: IntegrationId;
  readonly expectedRevision: Revision | undefined;
}

export class DeleteIntegrationCommand extends Command<Position> {
  constructor(
    readonly input: DeleteIntegrationInput,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Records the deletion; what remains (the data key, the slug) is removed at once where possible, and by the cleanup
 * process in any case. Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; CONFLICT `REVISION_MISMATCH`.
 */
@CommandHandler(DeleteIntegrationCommand)
export class DeleteIntegrationHandler implements ICommandHandler<DeleteIntegrationCommand> {
  constructor(
    private readonly store: EventStore,
    private readonly remains: IntegrationRemains,
    private readonly log: ServiceLog,
    private readonly ids: Ids,
  ) {}

  async execute({ input, metadata }: DeleteIntegrationCommand): Promise<Position> {
    const { integrationId, expectedRevision } = input;
    const { details } = await readOwnIntegration(this.store, metadata.organizationId, integrationId);
    const command = { type: 'DeleteIntegration', integrationId } as const;
    const stream = integrationStream(integrationId);
    const { position } = await decideAndAppend(this.store, stream, integrationAggregate, command, {
      metadata,
      ids: this.ids,
      ...(expectedRevision !== undefined && { expectedRevision }),
    });
    try {
      await this.remains.remove(details);
    } catch (error) {
      this.log.warn(
        { err: error, integrationId },
        'the remains of a deleted integration are left to the cleanup',
      );
    }
    return position;
  }
}
