import type { EventMetadata } from '@gatehouse/event-store';
import { Clock } from '@gatehouse/kernel';
import { CredentialSealer, originsOf } from '@gatehouse/sealing';
import { Injectable } from '@nestjs/common';
import type { IntegrationDetails } from '../../domain/integration/integration';
import { calledUrls, type IntegrationSettings } from '../../domain/integration/integration-settings';
import type { GivenCredential } from '../../domain/integration/provider-form';
import type { SealedVersion } from '../../domain/integration/rotate-credential';
import { DefinedReferences } from '../secret-reference/defined-references';
import { ApprovalSettings, CredentialFingerprinter, CredentialVault } from './integration.ports';
import { refuseUnapproved } from './refuse-unapproved';
import { sealedPartsOf } from './sealed-fields';
import { deriveSecretId } from './secret-id';

/** Seals the next credentials of integrations and keeps them in the vault, where an event then makes them current. */
@Injectable()
export class CredentialKeeping {
  constructor(
    private readonly sealer: CredentialSealer,
    private readonly fingerprinter: CredentialFingerprinter,
    private readonly vault: CredentialVault,
    private readonly clock: Clock,
    private readonly references: DefinedReferences,
    private readonly approvals: ApprovalSettings,
  ) {}

  /** Whether the current credential is none at all: then there is nothing that anybody could give anew. */
  isNone({ organizationId, credentialFingerprint }: IntegrationDetails): boolean {
    return credentialFingerprint === this.fingerprinter.of(organizationId, {});
  }

  /**
   * Seals what was given as the version after the current one, for all that the settings lead to, and keeps them. The version
   * is bound into the seal: who loses a race seals again, and the row of the lost version is cleaned up behind them.
   * INVALID where it names a secret reference that the organization does not have; REFUSED `APPROVAL_REQUIRED`.
   */
  async keepNext(
    { organizationId, integrationId, credentialVersion }: IntegrationDetails,
    settings: IntegrationSettings,
    given: GivenCredential,
    { requestId }: EventMetadata,
  ): Promise<SealedVersion> {
    // What is to be refused is not kept first: its version would be taken.
    await refuseUnapproved(this.approvals, organizationId);
    await this.references.assert(organizationId, given.references);
    const fields = sealedPartsOf(given);
    const next = {
      credentialVersion: credentialVersion + 1,
      credentialFingerprint: this.fingerprinter.of(organizationId, fields),
      references: Object.fromEntries(given.references),
      credentialExpiresAt: given.expiresAt,
    };
    const owner = { organizationId, integrationId, ...next };
    const sealed = await this.sealer.seal({ ...owner, origins: originsOf(calledUrls(settings)) }, fields);
    await this.vault.keep(deriveSecretId({ ...owner, requestId }), sealed, this.clock.now());
    return next;
  }
}
