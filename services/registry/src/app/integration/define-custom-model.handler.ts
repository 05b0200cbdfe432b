import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { DefineCustomModel } from '../../domain/integration/define-custom-model';
import { ListedModels } from '../publication/listed-models';
import type { IntegrationAnswer } from './connect-integration.handler';
import { IntegrationStreams } from './integration-streams';

export class DefineCustomModelCommand extends Command<IntegrationAnswer> {
  constructor(
    readonly input: Pick<DefineCustomModel, 'integrationId' | 'model'>,
    readonly expectedRevision: Revision | undefined,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; INVALID `REQUEST_INVALID`; REFUSED `INTEGRATION_DELETED`, `CUSTOM_MODELS_EXHAUSTED`;
 * CONFLICT `REVISION_MISMATCH`, `REQUEST_ID_REUSED`.
 */
@CommandHandler(DefineCustomModelCommand)
export class DefineCustomModelHandler implements ICommandHandler<DefineCustomModelCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly listed: ListedModels,
  ) {}

  async execute({ input, expectedRevision, metadata }: DefineCustomModelCommand): Promise<IntegrationAnswer> {
    const { organizationId } = metadata;
    const { integrationId, model } = input;
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    const { details } = await this.integrations.owned(organizationId, integrationId);
    const { factsOf } = (await this.listed.now()).publishedOf(details.provider);
    const baseIsListed = model.baseModel !== undefined && factsOf(model.baseModel) !== undefined;
    const command: DefineCustomModel = { ...input, type: 'DefineCustomModel', baseIsListed };
    const { position } = await this.integrations.decide(integrationId, command, {
      metadata,
      expectedRevision,
    });
    const { view } = await this.integrations.owned(organizationId, integrationId);
    return { integration: view, position };
  }
}
