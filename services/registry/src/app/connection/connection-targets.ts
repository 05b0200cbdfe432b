import { AppError, Ids, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import type { Probes } from '@gatehouse/offering';
import type { SealedCredential } from '@gatehouse/sealing';
import { Injectable } from '@nestjs/common';
import { type DraftId, integrationOf } from '../../domain/draft/draft';
import { credentialUseOf } from '../../domain/integration/credential-kind';
import type { IntegrationDetails } from '../../domain/integration/integration';
import { filledProbe, probesOf } from '../../domain/integration/probe';
import { OpenDrafts } from '../draft/open-drafts';
import { ProviderCatalog } from '../integration/integration.ports';
import { IntegrationStreams } from '../integration/integration-streams';
import { CurrentCredentials } from '../vault/current-credentials';
import type { ConnectionTarget } from './egress.ports';
import { externalIdOf } from './external-id';

/** What is tried of an integration: everything of it that a connection is made of, and its sealed credential. */
type Tried = Pick<
  IntegrationDetails,
  | 'organizationId'
  | 'integrationId'
  | 'provider'
  | 'baseUrl'
  | 'local'
  | 'dialect'
  | 'fields'
  | 'credentialKind'
>;

/** Whose credential is tried. */
export type ConnectionSubject =
  | { readonly kind: 'integration'; readonly id: IntegrationId }
  | { readonly kind: 'draft'; readonly id: DraftId };

/** Finds what a credential is tried at. */
@Injectable()
export class ConnectionTargets {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly credentials: CurrentCredentials,
    private readonly catalog: ProviderCatalog,
    private readonly ids: Ids,
    private readonly drafts: OpenDrafts,
  ) {}

  /**
   * Undefined where nothing is known that could be asked. Errors: NOT_FOUND `INTEGRATION_UNKNOWN`, `CREDENTIAL_UNKNOWN`;
   * REFUSED `INTEGRATION_DELETED`, `PROVIDER_UNKNOWN`.
   */
  private async ofIntegration(
    organizationId: OrganizationId,
    id: IntegrationId,
    which: keyof Probes,
  ): Promise<ConnectionTarget | undefined> {
    const { details, view } = await this.integrations.owned(organizationId, id);
    if (view.status === 'deleted') throw new AppError('REFUSED', 'INTEGRATION_DELETED');
    const { sealed } = await this.credentials.get(id, details.credentialVersion);
    return this.targetOf(details, sealed, which);
  }

  /** Errors: NOT_FOUND `DRAFT_UNKNOWN`; REFUSED `PROVIDER_UNKNOWN`. */
  private async ofDraft(
    organizationId: OrganizationId,
    id: DraftId,
    which: keyof Probes,
  ): Promise<ConnectionTarget | undefined> {
    const { draft, sealed } = await this.drafts.withCredential(organizationId, id);
    const { provider, settings } = draft;
    return this.targetOf(
      { ...settings, organizationId, integrationId: integrationOf(id), provider },
      sealed,
      which,
    );
  }

  /** Of either. */
  of(
    organizationId: OrganizationId,
    subject: ConnectionSubject,
    which: keyof Probes,
  ): Promise<ConnectionTarget | undefined> {
    return subject.kind === 'draft'
      ? this.ofDraft(organizationId, subject.id, which)
      : this.ofIntegration(organizationId, subject.id, which);
  }

  private targetOf(
    tried: Tried,
    sealed: SealedCredential,
    which: keyof Probes,
  ): ConnectionTarget | undefined {
    const provider = this.catalog.find(tried.provider);
    if (provider === undefined) throw new AppError('REFUSED', 'PROVIDER_UNKNOWN');
    const probe = probesOf(provider, tried)[which];
    const externalId = externalIdOf(this.ids, tried);
    const use = credentialUseOf(provider, tried, externalId);
    if (probe === undefined || use === undefined) return undefined;
    return { sealed, use, baseUrl: tried.baseUrl, probe: filledProbe(probe, tried.fields) };
  }
}
