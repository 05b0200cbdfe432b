import type { Answer, EventMetadata } from '@gatehouse/event-store';
import {
  AppError,
  Clock,
  deriveId,
  Ids,
  type IntegrationId,
  type LimitSpec,
  type ModelAccess,
  type ProvisionId,
  provisionId,
  Turns,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ProvisionState } from '../../domain/provision/provision';
import type { WantedNames } from '../../domain/provision-names/name-provision';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { Integrations, type KnownIntegration } from './provision.ports';
import { ProvisionNaming } from './provision-naming';
import { ProvisionStreams } from './provision-streams';

export interface NewProvision {
  readonly integrationId: IntegrationId;
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** Absent where it does not end by itself. */
  readonly expiresAt?: Date | undefined;
  /** What it is to have of its own; what is absent is the integration's. */
  readonly names?: WantedNames;
}

/** There is one of each workspace and integration: a second is to be found, so the id is not the request's. */
export const provisionIdOf = (
  organizationId: string,
  { workspaceId, integrationId }: { readonly workspaceId: string; readonly integrationId: string },
): ProvisionId => provisionId(deriveId('prv', organizationId, workspaceId, integrationId));

/** Makes provisions, whoever wants them. */
@Injectable()
export class ProvisionMaker {
  private readonly turns = new Turns();

  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly integrations: Integrations,
    private readonly naming: ProvisionNaming,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /**
   * One after the other of those who make the same: they would call it something together, and one of them would make it. Errors:
   * NOT_FOUND `WORKSPACE_UNKNOWN`; REFUSED `WORKSPACE_ARCHIVED`, `INTEGRATION_OF_ANOTHER_WORKSPACE`, `END_HAS_PASSED`; CONFLICT
   * `ALREADY_PROVISIONED`, `PROVISION_SLUG_TAKEN`, `PROVISION_NAME_TAKEN`; INVALID.
   */
  make(
    metadata: EventMetadata,
    wanted: NewProvision,
    integration: KnownIntegration,
  ): Promise<Answer<ProvisionState>> {
    const id = provisionIdOf(metadata.organizationId, wanted);
    return this.turns.take(id, () => this.makeInTurn(metadata, wanted, integration));
  }

  private async makeInTurn(
    metadata: EventMetadata,
    wanted: NewProvision,
    { ownerWorkspaceId }: KnownIntegration,
  ): Promise<Answer<ProvisionState>> {
    const { organizationId, requestId } = metadata;
    const { workspaceId } = wanted;
    await this.workspaces.active(organizationId, workspaceId);
    if (ownerWorkspaceId !== '' && ownerWorkspaceId !== workspaceId) {
      throw new AppError('REFUSED', 'INTEGRATION_OF_ANOTHER_WORKSPACE');
    }
    const { names: called, ...fields } = wanted;
    const { integrationId, models } = fields;
    const names = models.all ? [] : models.names;
    const offered = await this.integrations.offeredAmong(organizationId, integrationId, names);
    const id = provisionIdOf(organizationId, wanted);
    const seed = this.ids.derive('seed', organizationId, requestId);
    const command = {
      type: 'ProvisionIntegration',
      provisionId: id,
      organizationId,
      ...fields,
      expiresAt: wanted.expiresAt,
      offered,
      seed,
      at: this.clock.now(),
    } as const;
    const about = { organizationId, workspaceId, provisionId: id, integrationId };
    const takeBack = await this.naming.prepare(metadata, about, called);
    try {
      return await this.provisions.decide(id, command, { metadata });
    } catch (error) {
      // Whatever the store could not tell, a repetition finds out: it is still called so then.
      if (error instanceof AppError && error.code !== 'UNAVAILABLE') await takeBack();
      throw error;
    }
  }
}
