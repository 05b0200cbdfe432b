import type { EventMetadata, Position, Revision } from '@gatehouse/event-store';
import type { IntegrationId } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IntegrationKeys } from '../vault/integration-keys.ports';
import { KeyDestruction } from '../vault/key-destruction';
import { IntegrationDependents } from './integration-dependents';
import { IntegrationRemains } from './integration-remains';
import { IntegrationStreams } from './integration-streams';

export interface DeleteIntegrationInput {
  readonly integrationId: IntegrationId;
  readonly expectedRevision: Revision | undefined;
  /** Also while it is provisioned. */
  readonly force: boolean;
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
 * Records the deletion; what remains (the credential, its key, the slug) is removed at once where possible, and by the cleanup
 * process in any case. Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `INTEGRATION_IN_USE`; CONFLICT
 * `REVISION_MISMATCH`.
 */
@CommandHandler(DeleteIntegrationCommand)
export class DeleteIntegrationHandler implements ICommandHandler<DeleteIntegrationCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly dependents: IntegrationDependents,
    private readonly remains: IntegrationRemains,
    private readonly keys: IntegrationKeys,
    private readonly keyDestruction: KeyDestruction,
    private readonly log: ServiceLog,
  ) {}

  async execute({ input, metadata }: DeleteIntegrationCommand): Promise<Position> {
    const { integrationId, expectedRevision, force } = input;
    const { organizationId } = metadata;
    const { details } = await this.integrations.owned(organizationId, integrationId);
    const dependents = force ? undefined : await this.dependents.of(organizationId, integrationId);
    const keyIds = await this.keys.keyIdsOf(integrationId);
    const command = { type: 'DeleteIntegration', integrationId, dependents, keyIds } as const;
    const options = { metadata, expectedRevision };
    const { position } = await this.integrations.decide(integrationId, command, options);
    try {
      await this.remains.remove(details);
      await this.keyDestruction.roundOf(integrationId);
    } catch (error) {
      this.log.warn(
        { err: error, integrationId },
        'the remains of a deleted integration are left to the cleanup',
      );
    }
    return position;
  }
}
