import { Consents } from '@gatehouse/approval';
import { type EventMetadata, isSameRequest, NO_EVENTS, type Position } from '@gatehouse/event-store';
import {
  AppError,
  Clock,
  type IntegrationId,
  type OrganizationId,
  type ProvisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  nameProvision,
  type NameProvision,
  type WantedNames,
} from '../../domain/provision-names/name-provision';
import type { OwnNames, ProvisionNames } from '../../domain/provision-names/provision-names';
import { inFlight } from '../in-flight';
import { Integrations } from './provision.ports';
import { ProvisionNameStreams } from './provision-name-streams';
import { ProvisionStreams } from './provision-streams';

/** Which provision is called something. */
export interface NamedProvision {
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly provisionId: ProvisionId;
  readonly integrationId: IntegrationId;
}

/** What provisions are called in their workspaces ([ADR 30](../../../../../docs/adr/0030-what-a-provision-is-called-is-decided-by-its-workspace.md)). */
@Injectable()
export class ProvisionNaming {
  constructor(
    private readonly streams: ProvisionNameStreams,
    private readonly provisions: ProvisionStreams,
    private readonly integrations: Integrations,
    private readonly consents: Consents,
    private readonly clock: Clock,
  ) {}

  /** What a provision has of its own. */
  async ownOf(workspaceId: WorkspaceId, provisionId: ProvisionId): Promise<Pick<OwnNames, 'slug' | 'name'>> {
    return (await this.namesOf(workspaceId)).get(provisionId) ?? {};
  }

  /**
   * Calls a provision so, and answers the position that it reached. A repetition of what was taken back is refused as that was.
   * Errors: CONFLICT `PROVISION_SLUG_TAKEN`, `PROVISION_NAME_TAKEN`.
   */
  async name(metadata: EventMetadata, about: NamedProvision, wanted: WantedNames): Promise<Position> {
    const recorded = await this.streams.recorded(about.workspaceId);
    if (recorded.some((event) => isSameRequest(event.metadata, backOf(metadata)))) throw slugTaken();
    return this.call(metadata, about, wanted);
  }

  private async call(metadata: EventMetadata, about: NamedProvision, wanted: WantedNames): Promise<Position> {
    const recorded = await this.streams.recorded(about.workspaceId);
    const earlier = recorded.findLast((event) => isSameRequest(event.metadata, metadata));
    if (earlier) return earlier.position;
    const own = await this.followed(about, wanted);
    await this.refuseAnothers(about, own);
    const before = await this.namesOf(about.workspaceId);
    if (own.slug === null) await this.refuseTaken(about, before);
    const { position } = await this.record(metadata, about, own, before);
    try {
      // An integration that came to be in between may be provisioned by now, by whoever saw the slug free.
      await this.refuseAnothers(about, own);
    } catch (error) {
      await this.takeBack(metadata, about);
      throw error;
    }
    return position;
  }

  /**
   * For a provision that is about to be made: calls it so, and sees to it that the slug by which it will be called is no other
   * provision's. To be asked after its integration was found: whoever takes the integration's slug as their own looks for
   * integrations after that. Within a preview nothing is called anything. Errors as above.
   * @returns takes it back, where the provision could not be made.
   */
  async prepare(
    metadata: EventMetadata,
    about: NamedProvision,
    { slug = null, name = null }: WantedNames = {},
  ): Promise<() => Promise<void>> {
    const recorded = await this.streams.find(about.workspaceId);
    const isNamed = slug !== null || name !== null;
    if ((!recorded && !isNamed) || (await this.provisions.find(about.provisionId))) return NOTHING_TO_UNDO;
    const names: ProvisionNames = recorded?.state ?? new Map();
    const before = names.get(about.provisionId);
    const own = await this.followed(about, { slug, name });
    if (own.slug === null) await this.refuseTaken(about, names);
    // What was to be called something and was not made is called what is asked for now, if anything.
    if (!isNamed && before === undefined) return NOTHING_TO_UNDO;
    if (this.consents.current?.kind === 'preview') {
      await this.refuseAnothers(about, own);
      nameProvision(await this.naming(about, own, names), names);
      return NOTHING_TO_UNDO;
    }
    const requestId = `${metadata.requestId}-name-${recorded?.revision ?? NO_EVENTS}`;
    const naming = { ...metadata, requestId };
    await this.call(naming, about, own);
    return () => this.takeBack(naming, about);
  }

  /**
   * Prepares provisions of several workspaces, each of them once, that are to be called as their integration is; answered one by
   * one, in their order. Most workspaces never called any provision anything: that is found out for all of them at once.
   */
  async prepareEach(
    metadata: EventMetadata,
    provisions: readonly NamedProvision[],
  ): Promise<readonly PromiseSettledResult<() => Promise<void>>[]> {
    const hasNames = await this.streams.knownOfEach(
      provisions.map(({ workspaceId }) => workspaceId),
      (recorded) => recorded.length > 0,
    );
    return inFlight(provisions, PREPARED_AT_ONCE, async (about) => {
      return hasNames.get(about.workspaceId) ? this.prepare(metadata, about) : NOTHING_TO_UNDO;
    });
  }

  private async namesOf(workspaceId: WorkspaceId): Promise<ProvisionNames> {
    return (await this.streams.find(workspaceId))?.state ?? new Map();
  }

  /** A slug that is the integration's anyway is not one of its own. */
  private async followed(
    { organizationId, integrationId }: NamedProvision,
    wanted: WantedNames,
  ): Promise<WantedNames> {
    if (!wanted.slug) return wanted;
    const integration = await this.integrations.find(organizationId, integrationId);
    return integration?.slug === wanted.slug ? { ...wanted, slug: null } : wanted;
  }

  /** A slug that means an integration in the organization means no other in any of its workspaces. */
  private async refuseAnothers({ organizationId }: NamedProvision, { slug }: WantedNames): Promise<void> {
    if (slug && (await this.integrations.isSlug(organizationId, slug))) throw slugTaken();
  }

  /** Whoever is to be called as their integration is, while another is: that was connected after the other had its slug. */
  private async refuseTaken(
    { organizationId, provisionId, integrationId }: NamedProvision,
    names: ProvisionNames,
  ): Promise<void> {
    const others = [...names.values()].filter((other) => other.provisionId !== provisionId);
    if (others.length === 0) return;
    const integration = await this.integrations.find(organizationId, integrationId);
    const [holder] = others.filter(({ slug }) => slug !== undefined && slug === integration?.slug);
    if (holder && !(await this.hasEnded(holder))) throw slugTaken();
  }

  private async record(
    metadata: EventMetadata,
    about: NamedProvision,
    wanted: WantedNames,
    names: ProvisionNames,
  ) {
    return this.streams.record(about.workspaceId, await this.naming(about, wanted, names), { metadata });
  }

  private async naming(
    about: NamedProvision,
    wanted: WantedNames,
    names: ProvisionNames,
  ): Promise<NameProvision> {
    const others = [...names.values()].filter(
      ({ slug, name }) => (slug && slug === wanted.slug) || (name && name === wanted.name),
    );
    const ended = new Set<ProvisionId>();
    const unmade = new Set<ProvisionId>();
    for (const other of others) {
      if (await this.hasEnded(other)) ended.add(other.provisionId);
      else if (!(await this.provisions.find(other.provisionId))) unmade.add(other.provisionId);
    }
    return { type: 'NameProvision', ...about, ...wanted, ended, unmade, at: this.clock.now() };
  }

  /** What this request called the provision; whoever has called it something since, as who made it first may have, is not undone. */
  private async takeBack(metadata: EventMetadata, about: NamedProvision): Promise<void> {
    const recorded = await this.streams.recorded(about.workspaceId);
    const named = recorded
      .map((event) => ({ ...this.streams.decode(event), metadata: event.metadata }))
      .filter(({ provisionId }) => provisionId === about.provisionId);
    const last = named.at(-1);
    if (last === undefined || !isSameRequest(last.metadata, metadata)) return;
    const { slug = null, name = null }: WantedNames = named.at(-2) ?? {};
    await this.record(backOf(metadata), about, { slug, name }, new Map());
  }

  /** What is deleted stays deleted. */
  private async hasEnded({ organizationId, integrationId }: OwnNames): Promise<boolean> {
    const integration = await this.integrations.find(organizationId, integrationId);
    return integration?.status === 'deleted' || integration?.status === 'refused';
  }
}

const PREPARED_AT_ONCE = 8;

const NOTHING_TO_UNDO = async (): Promise<void> => undefined;

const backOf = (metadata: EventMetadata): EventMetadata => ({
  ...metadata,
  ...{ requestId: `${metadata.requestId}-back`, command: 'TakeNameBack' },
});

const slugTaken = (): AppError => new AppError('CONFLICT', 'PROVISION_SLUG_TAKEN');
