import type { IntegrationId } from '@gatehouse/kernel';
import { AppError } from '@gatehouse/kernel';
import { originsOf, type SealedCredential } from '@gatehouse/sealing';
import { Injectable } from '@nestjs/common';
import type { IntegrationDetails } from '../../domain/integration/integration';
import { calledUrls, type IntegrationSettings } from '../../domain/integration/integration-settings';
import { CredentialVault, type KeptSecret } from '../integration/integration.ports';
import { IntegrationStreams } from '../integration/integration-streams';

/** A credential with what its integration is. */
export interface CurrentCredential extends KeptSecret {
  readonly details: IntegrationDetails;
}

/**
 * The current credentials of live integrations, as the log says, and nothing else: not a superseded one, not one that no
 * event made current, not a deleted integration's; a disabled one keeps its own.
 */
@Injectable()
export class CurrentCredentials {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly vault: CredentialVault,
  ) {}

  /**
   * A row of the first format, which was sealed without origins, comes with those that the log knows. Errors: NOT_FOUND
   * `CREDENTIAL_UNKNOWN`.
   */
  async get(id: IntegrationId, credentialVersion: number): Promise<CurrentCredential> {
    const { integration, secretId } = await this.integrations.history(id);
    const isCurrent =
      integration.status === 'connected' && integration.details.credentialVersion === credentialVersion;
    const sealed = isCurrent && secretId !== undefined ? await this.vault.find(secretId) : undefined;
    if (integration.status !== 'connected' || !isCurrent || secretId === undefined || sealed === undefined) {
      throw new AppError('NOT_FOUND', 'CREDENTIAL_UNKNOWN');
    }
    const { details } = integration;
    return { secretId, sealed: withOrigins(sealed, details), details };
  }

  /** The row as it may leave the vault; undefined where the log does not say that it is the current one. */
  async served({ secretId, sealed }: KeptSecret): Promise<SealedCredential | undefined> {
    const current = await this.integrations.history(sealed.integrationId as IntegrationId);
    if (current.secretId !== secretId || current.integration.status !== 'connected') return undefined;
    return withOrigins(sealed, current.integration.details);
  }
}

const withOrigins = (sealed: SealedCredential, settings: IntegrationSettings): SealedCredential =>
  sealed.format === 1 ? { ...sealed, origins: originsOf(calledUrls(settings)) } : sealed;
