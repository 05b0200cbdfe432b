import { ApprovalRequired, Approvals } from '@gatehouse/approval';
import type { EventMetadata } from '@gatehouse/event-store';
import { AppError, Clock } from '@gatehouse/kernel';
import { CredentialSealer, originsOf } from '@gatehouse/sealing';
import { Injectable } from '@nestjs/common';
import type { IntegrationDetails } from '../../domain/integration/integration';
import { calledUrls, type IntegrationSettings } from '../../domain/integration/integration-settings';
import type { GivenCredential } from '../../domain/integration/provider-form';
import type { SealedVersion } from '../../domain/integration/rotate-credential';
import { isSameLocator } from '../../domain/secret-reference/secret-locator';
import { DefinedReferences, type LocatedReference } from '../secret-reference/defined-references';
import { CredentialFingerprinter, CredentialVault } from './integration.ports';
import { CredentialApprovalRequired, type ProposedCredential } from './proposed-credential';
import { sealedPartsOf } from './sealed-fields';
import { deriveSecretId } from './secret-id';

/** A credential that somebody gives, or that was sealed when it was proposed: then its secrets are not given any more. */
export interface WantedCredential extends GivenCredential {
  readonly proposed?: ProposedCredential | undefined;
}

/** The next credential of an integration, which is in the vault. */
export interface NextCredential {
  readonly secretId: string;
  readonly version: SealedVersion;
  readonly told: ProposedCredential;
}

/** What was sealed waits so long for its proposal to be made. */
const GRACE_MS = 60_000;

/** Seals the next credentials of integrations and keeps them in the vault, where an event then makes them current. */
@Injectable()
export class CredentialKeeping {
  constructor(
    private readonly sealer: CredentialSealer,
    private readonly fingerprinter: CredentialFingerprinter,
    private readonly vault: CredentialVault,
    private readonly clock: Clock,
    private readonly references: DefinedReferences,
    private readonly approvals: Approvals,
  ) {}

  /** Whether the current credential is none at all: then there is nothing that anybody could give anew. */
  isNone({ organizationId, credentialFingerprint }: IntegrationDetails): boolean {
    return credentialFingerprint === this.fingerprinter.of(organizationId, {});
  }

  /** The names of what is sealed in a row; none where there is no such row any more. */
  async sealedNames(secretId: string | undefined): Promise<readonly string[]> {
    const sealed = secretId === undefined ? undefined : await this.vault.find(secretId);
    return sealed?.fields ?? [];
  }

  /**
   * Seals what was given as the version after the current one, for all that the settings lead to, and keeps them. The version
   * is bound into the seal: who loses a race seals again, and the row of the lost version is cleaned up behind them.
   * INVALID where it names a secret reference that the organization does not have. Of one that was proposed: CONFLICT `REVISION_MISMATCH` where it
   * was sealed for something else or a reference leads elsewhere since, REFUSED `CREDENTIAL_GONE`.
   */
  async keepNext(
    details: IntegrationDetails,
    settings: IntegrationSettings,
    wanted: WantedCredential,
    { requestId }: EventMetadata,
  ): Promise<NextCredential> {
    const { organizationId, integrationId } = details;
    const locatedReferences = await this.references.locate(organizationId, wanted.references);
    const told = { ...this.toldOf(details, settings, wanted), locatedReferences };
    const version = {
      credentialVersion: told.version,
      credentialFingerprint: told.fingerprint,
      references: Object.fromEntries(wanted.references),
      credentialExpiresAt: wanted.expiresAt,
    };
    const owner = { organizationId, integrationId, ...version };
    const secretId = deriveSecretId({ ...owner, requestId });
    if (wanted.proposed) {
      assertSame(told, wanted.proposed);
      if (!(await this.vault.take(secretId))) throw new AppError('REFUSED', 'CREDENTIAL_GONE');
    } else {
      const sealed = await this.sealer.seal({ ...owner, origins: told.origins }, sealedPartsOf(wanted));
      const now = this.clock.now();
      const waits = await this.approvals.requiredBy(organizationId);
      const until = waits ? new Date(now.getTime() + GRACE_MS) : undefined;
      await this.vault.keep(secretId, sealed, now, until);
    }
    return { secretId, version, told };
  }

  /** Records what makes a credential current; of one that somebody else is to approve first, the refusal tells what it is. */
  async recording<Answer>(next: NextCredential | undefined, record: () => Promise<Answer>): Promise<Answer> {
    try {
      return await record();
    } catch (error) {
      if (!next || !(error instanceof ApprovalRequired)) throw error;
      throw new CredentialApprovalRequired(error.judged, next.told, next.secretId);
    }
  }

  private toldOf(
    { organizationId, credentialVersion }: IntegrationDetails,
    settings: IntegrationSettings,
    wanted: WantedCredential,
  ): Omit<ProposedCredential, 'locatedReferences'> {
    return {
      version: credentialVersion + 1,
      fingerprint:
        wanted.proposed?.fingerprint ?? this.fingerprinter.of(organizationId, sealedPartsOf(wanted)),
      origins: originsOf(calledUrls(settings)),
      headerNames: settings.headerNames,
    };
  }
}

/**
 * What it was sealed for cannot be changed: a seal for another version or other hosts would open nowhere. A reference that was removed and
 * defined anew may lead to a secret that nobody approved.
 */
const assertSame = (now: ProposedCredential, then: ProposedCredential): void => {
  if (
    now.version !== then.version ||
    now.origins.join() !== then.origins.join() ||
    then.locatedReferences.some((reference) => leadsElsewhere(reference, now))
  )
    throw new AppError('CONFLICT', 'REVISION_MISMATCH');
};

const leadsElsewhere = (then: LocatedReference, { locatedReferences }: ProposedCredential): boolean =>
  locatedReferences.some(({ slug, locator }) => slug === then.slug && !isSameLocator(locator, then.locator));
