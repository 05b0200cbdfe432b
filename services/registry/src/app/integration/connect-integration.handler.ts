import type { EventMetadata, Position } from '@gatehouse/event-store';
import { HostGuard } from '@gatehouse/hosts';
import {
  AppError,
  Clock,
  type FieldViolation,
  Ids,
  type IntegrationId,
  integrationId,
  invalidFields,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { callsDeployments, type Deployment, isAllowed } from '@gatehouse/offering';
import { CredentialSealer, originsOf, type SealedCredential } from '@gatehouse/sealing';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type DraftId, integrationOf } from '../../domain/draft/draft';
import { deploymentListFaults, withDefault } from '../../domain/integration/deployment';
import type { IntegrationDetails } from '../../domain/integration/integration';
import {
  connectedDecisions,
  type WantedModels,
  wantedModelsFaults,
} from '../../domain/integration/connected-decisions';
import { calledUrls, type IntegrationSettings } from '../../domain/integration/integration-settings';
import type { GivenCredential } from '../../domain/integration/provider-form';
import {
  policyFaults,
  type WantedPolicy,
  type WantedProvision,
  withOwner,
  workspaceFaults,
} from '../../domain/integration/wanted-provision';
import type { Slug } from '../../domain/slug/slug';
import { type Listed, ListedModels } from '../publication/listed-models';
import { DefinedReferences } from '../secret-reference/defined-references';
import { slugKey, SlugStreams } from '../slug/slug-streams';
import { Drafts } from '../draft/draft.ports';
import { OpenDrafts } from '../draft/open-drafts';
import { CredentialFingerprinter, CredentialVault, ProviderCatalog } from './integration.ports';
import { earlierEvent, IntegrationStreams, type IntegrationView } from './integration-streams';
import { sealedPartsOf } from './sealed-fields';
import { KnownWorkspaces } from './known-workspaces';
import { deriveSecretId } from './secret-id';
import { assertHostsAllowed, judgeConnection, type WantedSettings } from './wanted-settings';

export interface ConnectIntegrationInput extends WantedSettings, GivenCredential {
  readonly name: string;
  readonly slug: Slug;
  /** Empty where nobody says. */
  readonly description: string;
  readonly provider: string;
  readonly models: WantedModels;
  /** What the settings and the credential are taken from, in the place of those given here. */
  readonly draftId: DraftId | undefined;
  readonly deployments: readonly Deployment[];
  /** That are to have it before it serves any. */
  readonly workspaces: readonly WantedProvision[];
  readonly ownerWorkspaceId: WorkspaceId | undefined;
  /** What workspaces to come get; undefined where they get nothing by themselves. */
  readonly autoProvision: WantedPolicy | undefined;
  /** The caller is an admin of the workspace that it is to belong to, and no more. */
  readonly byWorkspace: boolean;
  /** True when the caller has just made one of the workspaces: they are then waited for. */
  readonly awaitWorkspaces: boolean;
}

export interface IntegrationAnswer {
  readonly integration: IntegrationView;
  readonly position: Position;
}

export class ConnectIntegrationCommand extends Command<IntegrationAnswer> {
  constructor(
    readonly input: ConnectIntegrationInput,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Has the integration's key made, reserves the slug, keeps the sealed credential, records the connection: each step in another place. A repetition
 * with the same request id goes on where the first call stopped; what nobody takes up again, the cleanup process gives
 * up. With workspaces it is then connecting, until provisioning has made all of their provisions.
 *
 * Errors: NOT_FOUND `WORKSPACE_UNKNOWN`, `DRAFT_UNKNOWN`; FORBIDDEN `WORKSPACE_MAY_NOT_CONNECT`; INVALID `REQUEST_INVALID`, `PROVIDER_UNKNOWN`; CONFLICT
 * `REQUEST_ID_REUSED`, `SLUG_TAKEN`, `CONNECT_ABANDONED`; those of whoever holds the key.
 */
@CommandHandler(ConnectIntegrationCommand)
export class ConnectIntegrationHandler implements ICommandHandler<ConnectIntegrationCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly slugs: SlugStreams,
    private readonly catalog: ProviderCatalog,
    private readonly listed: ListedModels,
    private readonly workspaces: KnownWorkspaces,
    private readonly sealer: CredentialSealer,
    private readonly fingerprinter: CredentialFingerprinter,
    private readonly vault: CredentialVault,
    private readonly hosts: HostGuard,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly references: DefinedReferences,
    private readonly openDrafts: OpenDrafts,
    private readonly drafts: Drafts,
  ) {}

  async execute({ input, metadata }: ConnectIntegrationCommand): Promise<IntegrationAnswer> {
    const { draftId } = input;
    const id =
      draftId === undefined
        ? integrationId(this.ids.derive('int', metadata.organizationId, metadata.requestId))
        : integrationOf(draftId);
    // First: a repetition is answered as the first call was, whatever is listed and wherever a name leads by then.
    const earlier = await this.earlierAnswer(id, metadata);
    if (earlier !== undefined) return earlier;
    const listed = await this.listed.now();
    const given = draftId === undefined ? this.detailsOf(id, input, metadata, listed) : undefined;
    await this.workspaces.assertKnown({ ...metadata, ...input }, input.awaitWorkspaces);
    if (input.byWorkspace) await this.workspaces.assertConnecting({ ...metadata, ...input });
    const { details, sealed } = await (given
      ? this.sealGiven(given, input)
      : this.fromDraft(id, input, metadata, listed));
    await this.reserveSlug(details, metadata);
    const secretId = deriveSecretId({ ...details, requestId: metadata.requestId });
    await this.vault.keep(secretId, sealed, this.clock.now());
    const { description } = input;
    const command = { type: 'ConnectIntegration', details, description } as const;
    const { position } = await this.integrations.decide(id, command, { metadata });
    if (draftId !== undefined) await this.drafts.remove(draftId);
    // A twin of this call may have recorded its own: the answer is what the log says.
    const { view } = await this.integrations.history(id);
    if (view === undefined) throw new Error('a connected integration has no history');
    return { integration: view, position };
  }

  private detailsOf(
    id: IntegrationId,
    input: ConnectIntegrationInput,
    metadata: EventMetadata,
    listed: Listed,
  ): IntegrationDetails {
    const { organizationId } = metadata;
    const { name, slug, models, workspaces, ownerWorkspaceId, autoProvision } = input;
    const provider = this.catalog.find(input.provider);
    if (provider === undefined) throw new AppError('INVALID', 'PROVIDER_UNKNOWN');
    const { settings, faults } = judgeConnection(input, provider, this.hosts);
    const all = [...faults, ...decisionFaults(input, listed, { settings, provider: provider.name })];
    if (all.length > 0) throw invalidFields(all);
    return {
      integrationId: id,
      organizationId,
      name,
      slug,
      provider: provider.name,
      ...settings,
      credentialVersion: 1,
      credentialFingerprint: this.fingerprinter.of(organizationId, sealedPartsOf(input)),
      references: Object.fromEntries(input.references),
      credentialExpiresAt: input.expiresAt,
      deployments: withDefault(input.deployments),
      workspaces: withOwner(workspaces, ownerWorkspaceId),
      ownerWorkspaceId,
      ...(autoProvision && { autoProvision }),
      modelDecisions: connectedDecisions(models, listed.catalogVersion),
    };
  }

  private async sealGiven(details: IntegrationDetails, input: ConnectIntegrationInput): Promise<Sealed> {
    await assertHostsAllowed(details, this.hosts);
    await this.assertSlugFree(details);
    await this.references.locate(details.organizationId, input.references);
    const binding = { ...details, origins: originsOf(calledUrls(details)) };
    return { details, sealed: await this.sealer.seal(binding, sealedPartsOf(input)) };
  }

  /** As it was judged and sealed when the draft was made; a reference that it names may have been removed since. */
  private async fromDraft(
    id: IntegrationId,
    input: ConnectIntegrationInput,
    { organizationId }: EventMetadata,
    listed: Listed,
  ): Promise<Sealed> {
    const { draftId, name, slug, models, deployments, workspaces, ownerWorkspaceId, autoProvision } = input;
    const { draft, sealed } = await this.openDrafts.withCredential(organizationId, draftId as DraftId);
    const provider = this.catalog.find(draft.provider);
    if (provider === undefined) throw new AppError('INVALID', 'PROVIDER_UNKNOWN');
    const faults = decisionFaults(input, listed, { settings: draft.settings, provider: provider.name });
    if (faults.length > 0) throw invalidFields(faults);
    await this.references.locate(organizationId, new Map(Object.entries(draft.references)));
    const details = {
      integrationId: id,
      organizationId,
      name,
      slug,
      provider: provider.name,
      ...draft.settings,
      credentialVersion: 1,
      credentialFingerprint: draft.credentialFingerprint,
      modelDecisions: connectedDecisions(models, listed.catalogVersion),
      references: draft.references,
      credentialExpiresAt: input.expiresAt,
      deployments: withDefault(deployments),
      workspaces: withOwner(workspaces, ownerWorkspaceId),
      ownerWorkspaceId,
      ...(autoProvision && { autoProvision }),
    };
    return { details, sealed };
  }

  private async earlierAnswer(
    id: IntegrationId,
    metadata: EventMetadata,
  ): Promise<IntegrationAnswer | undefined> {
    const history = await this.integrations.history(id);
    if (history.integration.status === 'abandoned') throw new AppError('CONFLICT', 'CONNECT_ABANDONED');
    const earlier = earlierEvent(history, metadata);
    if (earlier === undefined || history.view === undefined) return undefined;
    return { integration: history.view, position: earlier.position };
  }

  /** Whoever is refused anyway is refused before a key is made; who holds the slug is settled when it is reserved. */
  private async assertSlugFree({ organizationId, slug, integrationId }: IntegrationDetails): Promise<void> {
    const found = await this.slugs.find(slugKey(organizationId, slug));
    if (found?.state.status === 'reserved' && found.state.integrationId !== integrationId) {
      throw new AppError('CONFLICT', 'SLUG_TAKEN');
    }
  }

  private async reserveSlug(
    { organizationId, slug, integrationId }: IntegrationDetails,
    metadata: EventMetadata,
  ): Promise<void> {
    const command = { type: 'ReserveSlug', organizationId, slug, integrationId } as const;
    const { state } = await this.slugs.decide(slugKey(organizationId, slug), command, { metadata });
    // An earlier call's reservation may have been given up since.
    if (state.status !== 'reserved' || state.integrationId !== integrationId) {
      throw new AppError('CONFLICT', 'CONNECT_ABANDONED');
    }
  }
}

interface Sealed {
  readonly details: IntegrationDetails;
  readonly sealed: SealedCredential;
}

/** What is wrong with all that does not depend on how the provider is called. */
const decisionFaults = (
  input: ConnectIntegrationInput,
  listed: Listed,
  { settings, provider }: { readonly settings: IntegrationSettings; readonly provider: string },
): readonly FieldViolation[] => {
  const offered = offeredAmong(input, listed, { settings, provider });
  return [
    ...wantedModelsFaults(input.models),
    ...deploymentListFaults(input.deployments, settings.dialect),
    ...workspaceFaults(input.workspaces, offered, input.ownerWorkspaceId),
    ...policyFaults(input.autoProvision, offered, input.ownerWorkspaceId),
  ];
};

/** Of the names that workspaces are to have, those that callers could call. */
const offeredAmong = (
  { models, deployments, workspaces, autoProvision }: ConnectIntegrationInput,
  { catalogVersion, publishedOf }: Listed,
  { settings, provider }: { readonly settings: IntegrationSettings; readonly provider: string },
): ReadonlySet<string> => {
  if (callsDeployments(settings.dialect)) return new Set(deployments.map(({ alias }) => alias));
  const decisions = connectedDecisions(models, catalogVersion);
  const published = publishedOf(provider);
  const wanting = [...workspaces, ...(autoProvision ? [autoProvision] : [])];
  const named = wanting.flatMap((wanted) => (wanted.models.all ? [] : wanted.models.names));
  return new Set(named.filter((name) => isAllowed(name, decisions, published)));
};
