import { Consents } from '@gatehouse/approval';
import type { EventMetadata, Position } from '@gatehouse/event-store';
import { AppError, Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ApplyProvision } from '../../domain/provision/apply-provision';
import { inFlight } from '../in-flight';
import { ownMetadata } from '../own-metadata';
import { type NamedProvision, ProvisionNaming } from '../provision/provision-naming';
import { provisionIdOf } from '../provision/provision-maker';
import { Integrations } from '../provision/provision.ports';
import { ProvisionStreams } from '../provision/provision-streams';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import type { AwaitedProvision } from './auto-provision.ports';

/** Looked up at once, of one workspace. */
const IN_FLIGHT_MAX = 8;

interface Prepared {
  readonly command: ApplyProvision;
  /** What it was called for it. */
  readonly takeBack: () => Promise<void>;
}

/** Makes what policies give. Whoever does it, and however often, makes the same once. */
@Injectable()
export class AwaitedProvisionMaker {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly integrations: Integrations,
    private readonly naming: ProvisionNaming,
    private readonly ids: Ids,
    private readonly consents: Consents,
  ) {}

  /**
   * Of one workspace, each once and written together: the position at which each stands, whoever made it. Undefined where its
   * integration was not heard of yet, or has gone: then the policy ends, and nothing is awaited of it any more. Undefined also
   * where the workspace calls another provision by the integration's slug: it is awaited until that is free. And undefined where
   * the workspace was archived, whether or not the projection has heard of it.
   */
  async make(
    awaited: readonly AwaitedProvision[],
  ): Promise<readonly PromiseSettledResult<Position | undefined>[]> {
    const [first] = awaited;
    if (!first) return [];
    if ((await this.workspaces.archivedAmong([first.workspaceId])).size > 0)
      return awaited.map(() => ({ status: 'fulfilled', value: undefined }));
    const metadata = metadataOf(first);
    const prepared = await inFlight(awaited, IN_FLIGHT_MAX, (one) => this.prepare(metadata, one));
    const ready = prepared.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    // By their policies.
    const recorded = await this.consents.within({ kind: 'judged' }, () =>
      this.provisions.recordEach(
        ready.map(({ command }) => ({ id: command.provisionId, command })),
        { metadata },
      ),
    );
    for (const [index, { takeBack }] of ready.entries()) {
      const answer = recorded[index];
      // Whoever else has made it meanwhile calls it; by this request it was made for the same policy.
      const isOthers = answer?.status === 'fulfilled' && answer.value.events === 0 && !answer.value.repeated;
      if (isOthers) await takeBack();
    }
    let next = 0;
    return prepared.map((one) => {
      if (one.status === 'rejected') return one;
      const answer = one.value && recorded[next++];
      if (answer?.status === 'rejected') return answer;
      return { status: 'fulfilled', value: answer?.value.position };
    });
  }

  private async prepare(metadata: EventMetadata, awaited: AwaitedProvision): Promise<Prepared | undefined> {
    const { organizationId, workspaceId, integrationId, limits, models } = awaited;
    const integration = await this.integrations.find(organizationId, integrationId);
    const live = integration?.status === 'connected' || integration?.status === 'connecting';
    if (!live) return undefined;
    const about = {
      ...{ organizationId, workspaceId, integrationId },
      provisionId: provisionIdOf(organizationId, awaited),
    };
    const takeBack = await this.prepareName(metadata, about);
    if (takeBack === undefined) return undefined;
    const seed = this.ids.derive('seed', organizationId, metadata.requestId);
    return {
      command: { type: 'ApplyProvision', ...about, limits, models, existing: 'keep', seed },
      takeBack,
    };
  }

  /** Undefined where another provision is called so. */
  private async prepareName(
    metadata: EventMetadata,
    about: NamedProvision,
  ): Promise<Prepared['takeBack'] | undefined> {
    try {
      return await this.naming.prepare(metadata, about);
    } catch (error) {
      if (error instanceof AppError && error.reason === 'PROVISION_SLUG_TAKEN') return undefined;
      throw error;
    }
  }
}

/** What comes of one workspace's creation is recorded under one request id, for one reason. */
const metadataOf = (awaited: AwaitedProvision): EventMetadata => {
  const { organizationId, workspaceId, reason, correlationId, causationId } = awaited;
  const requestId = `auto-provision-${workspaceId}`;
  const command = 'AutoProvision';
  return ownMetadata({ organizationId, command, requestId, reason, correlationId, causationId });
};
