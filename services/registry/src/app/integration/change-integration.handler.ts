import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { IntegrationChange } from '../../domain/integration/integration.decider';
import type { IntegrationAnswer } from './connect-integration.handler';
import { IntegrationStreams } from './integration-streams';

/** Renames, describes, disables, enables: whatever changes a live integration and nothing beside it. */
export class ChangeIntegrationCommand extends Command<IntegrationAnswer> {
  constructor(
    readonly change: IntegrationChange,
    readonly expectedRevision: Revision | undefined,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `INTEGRATION_DELETED`; CONFLICT `REVISION_MISMATCH`,
 * `REQUEST_ID_REUSED`.
 */
@CommandHandler(ChangeIntegrationCommand)
export class ChangeIntegrationHandler implements ICommandHandler<ChangeIntegrationCommand> {
  constructor(private readonly integrations: IntegrationStreams) {}

  async execute(command: ChangeIntegrationCommand): Promise<IntegrationAnswer> {
    const { change, expectedRevision, metadata } = command;
    const { organizationId } = metadata;
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    await this.integrations.owned(organizationId, change.integrationId);
    const options = { metadata, expectedRevision };
    const { position } = await this.integrations.decide(change.integrationId, change, options);
    const { view } = await this.integrations.owned(organizationId, change.integrationId);
    return { integration: view, position };
  }
}
