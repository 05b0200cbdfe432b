import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChangeModelAccess } from '../../domain/integration/change-model-access';
import type { IntegrationAnswer } from './connect-integration.handler';
import { ListedModels } from '../publication/listed-models';
import { IntegrationStreams } from './integration-streams';

export interface ModelAccessInput extends Omit<ChangeModelAccess, 'type' | 'selection'> {
  /** All that the catalog lists now, or none; undefined: as it is. */
  readonly selection: 'all' | 'none' | undefined;
}

export class ChangeModelAccessCommand extends Command<IntegrationAnswer> {
  constructor(
    readonly input: ModelAccessInput,
    readonly expectedRevision: Revision | undefined,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `INTEGRATION_DELETED`, `MODEL_NAMES_EXHAUSTED`; CONFLICT
 * `REVISION_MISMATCH`, `REQUEST_ID_REUSED`.
 */
@CommandHandler(ChangeModelAccessCommand)
export class ChangeModelAccessHandler implements ICommandHandler<ChangeModelAccessCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly listed: ListedModels,
  ) {}

  async execute({ input, expectedRevision, metadata }: ChangeModelAccessCommand): Promise<IntegrationAnswer> {
    const { organizationId } = metadata;
    const { integrationId } = input;
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    await this.integrations.owned(organizationId, integrationId);
    const change: ChangeModelAccess = {
      ...input,
      type: 'ChangeModelAccess',
      selection: await this.selectionOf(input.selection),
    };
    const { position } = await this.integrations.decide(integrationId, change, {
      metadata,
      expectedRevision,
    });
    const { view } = await this.integrations.owned(organizationId, integrationId);
    return { integration: view, position };
  }

  private async selectionOf(asked: ModelAccessInput['selection']): Promise<ChangeModelAccess['selection']> {
    switch (asked) {
      case 'all':
        return { kind: 'all', selectedAt: (await this.listed.now()).catalogVersion };
      case 'none':
        return { kind: 'none' };
      case undefined:
        return undefined;
    }
  }
}
