import type { EventMetadata } from '@gatehouse/event-store';
import { HostGuard } from '@gatehouse/hosts';
import { AppError, Clock, Ids, invalidFields } from '@gatehouse/kernel';
import { CredentialSealer, originsOf } from '@gatehouse/sealing';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Draft, draftId, type DraftId, integrationOf } from '../../domain/draft/draft';
import { calledUrls } from '../../domain/integration/integration-settings';
import type { GivenCredential } from '../../domain/integration/provider-form';
import { CredentialFingerprinter, CredentialVault, ProviderCatalog } from '../integration/integration.ports';
import { IntegrationStreams } from '../integration/integration-streams';
import { deriveSecretId } from '../integration/secret-id';
import { sealedPartsOf } from '../integration/sealed-fields';
import { assertHostsAllowed, judgeConnection, type WantedSettings } from '../integration/wanted-settings';
import { DefinedReferences } from '../secret-reference/defined-references';
import { Drafts } from './draft.ports';

export interface CreateDraftInput extends WantedSettings, GivenCredential {
  readonly provider: string;
}

export class CreateDraftCommand extends Command<Draft> {
  constructor(
    readonly input: CreateDraftInput,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/** Long enough to have a trust policy made at AWS, or a key by somebody else. */
export const DRAFT_MS = 24 * 3_600_000;
/** What is left lying about is sealed, and still is somebody's key. */
const DRAFTS_MAX = 100;

/**
 * Seals a credential for the integration that the draft is to become, and keeps it with the settings. Nothing is
 * recorded: a draft is no fact yet.
 *
 * Errors: INVALID `REQUEST_INVALID`, `PROVIDER_UNKNOWN`; CONFLICT `DRAFT_ENDED`; EXHAUSTED `DRAFTS_TOO_MANY`.
 */
@CommandHandler(CreateDraftCommand)
export class CreateDraftHandler implements ICommandHandler<CreateDraftCommand> {
  constructor(
    private readonly drafts: Drafts,
    private readonly integrations: IntegrationStreams,
    private readonly catalog: ProviderCatalog,
    private readonly sealer: CredentialSealer,
    private readonly fingerprinter: CredentialFingerprinter,
    private readonly vault: CredentialVault,
    private readonly hosts: HostGuard,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly references: DefinedReferences,
  ) {}

  async execute({ input, metadata }: CreateDraftCommand): Promise<Draft> {
    const { organizationId, requestId } = metadata;
    const id = draftId(this.ids.derive('dft', organizationId, requestId));
    const earlier = await this.drafts.find(organizationId, id);
    // A crash may have left it without its credential.
    if (earlier !== undefined && (await this.vault.find(earlier.secretId)) !== undefined) return earlier;
    const draft = earlier ?? this.draftOf(id, input, metadata);
    const { integration } = await this.integrations.history(integrationOf(id));
    if (integration.status !== 'absent') throw new AppError('CONFLICT', 'DRAFT_ENDED');
    if ((await this.drafts.count(organizationId)) >= DRAFTS_MAX) {
      throw new AppError('EXHAUSTED', 'DRAFTS_TOO_MANY', { metadata: { max: String(DRAFTS_MAX) } });
    }
    await this.references.locate(organizationId, input.references);
    await assertHostsAllowed(draft.settings, this.hosts);
    const origins = originsOf(calledUrls(draft.settings));
    const binding = { organizationId, integrationId: integrationOf(id), credentialVersion: 1, origins };
    const sealed = await this.sealer.seal(binding, sealedPartsOf(input));
    // First the draft: what is in the vault without one would be swept up by nobody.
    await this.drafts.keep(draft);
    await this.vault.keep(draft.secretId, sealed, this.clock.now());
    return draft;
  }

  private draftOf(id: DraftId, input: CreateDraftInput, metadata: EventMetadata): Draft {
    const { organizationId, requestId } = metadata;
    const provider = this.catalog.find(input.provider);
    if (provider === undefined) throw new AppError('INVALID', 'PROVIDER_UNKNOWN');
    const { settings, faults } = judgeConnection(input, provider, this.hosts);
    if (faults.length > 0) throw invalidFields(faults);
    const credentialFingerprint = this.fingerprinter.of(organizationId, sealedPartsOf(input));
    const owner = { organizationId, integrationId: integrationOf(id), credentialVersion: 1 };
    const createdAt = this.clock.now();
    return {
      draftId: id,
      organizationId,
      provider: provider.name,
      settings,
      credentialFingerprint,
      references: Object.fromEntries(input.references),
      secretId: deriveSecretId({ ...owner, requestId, credentialFingerprint }),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + DRAFT_MS),
    };
  }
}
