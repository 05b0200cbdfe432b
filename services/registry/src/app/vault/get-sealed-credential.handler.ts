import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { SealedCredential } from '@gatehouse/sealing';
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
 * event made current, not a deleted integration's. Errors: NOT_FOUND `CREDENTIAL_UNKNOWN`.
 */
@QueryHandler(GetSealedCredentialQuery)
export class GetSealedCredentialHandler implements IQueryHandler<GetSealedCredentialQuery> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly vault: CredentialVault,
  ) {}

  async execute({ integrationId, credentialVersion }: GetSealedCredentialQuery): Promise<SealedCredential> {
    // None is current of a deleted integration; a disabled one keeps its own.
    const { view, secretId } = await this.integrations.history(integrationId);
    const isCurrent = view?.credentialVersion === credentialVersion;
    const sealed = isCurrent && secretId !== undefined ? await this.vault.find(secretId) : undefined;
    if (sealed === undefined) throw new AppError('NOT_FOUND', 'CREDENTIAL_UNKNOWN');
    return sealed;
  }
}
