import { AppError, type IntegrationId } from '@gatehouse/kernel';
import { originsOf, type SealedCredential } from '@gatehouse/sealing';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CredentialVault } from '../integration/integration.ports';
import { IntegrationStreams } from '../integration/integration-streams';

export class GetSealedCredentialQuery extends Query<SealedCredential> {
  constructor(
    readonly integrationId: IntegrationId,
    readonly credentialVersion: number,
  ) {
    super();
  }
}

/**
 * The current version of a live integration, as the log says, and nothing else: not a superseded one, not one that no
 * event made current, not a deleted integration's. A row of the first format, which was sealed without origins, goes out
 * with those that the log knows. Errors: NOT_FOUND `CREDENTIAL_UNKNOWN`.
 */
@QueryHandler(GetSealedCredentialQuery)
export class GetSealedCredentialHandler implements IQueryHandler<GetSealedCredentialQuery> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly vault: CredentialVault,
  ) {}

  async execute({ integrationId, credentialVersion }: GetSealedCredentialQuery): Promise<SealedCredential> {
    // None is current of a deleted integration; a disabled one keeps its own.
    const { integration, secretId } = await this.integrations.history(integrationId);
    const isCurrent =
      integration.status === 'connected' && integration.details.credentialVersion === credentialVersion;
    const sealed = isCurrent && secretId !== undefined ? await this.vault.find(secretId) : undefined;
    if (!isCurrent || sealed === undefined) throw new AppError('NOT_FOUND', 'CREDENTIAL_UNKNOWN');
    return sealed.format === 1 ? { ...sealed, origins: originsOf([integration.details.baseUrl]) } : sealed;
  }
}
