import type { IntegrationId } from '@gatehouse/kernel';
import type { SealedCredential } from '@gatehouse/sealing';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CurrentCredentials } from './current-credentials';

export class GetSealedCredentialQuery extends Query<SealedCredential> {
  constructor(
    readonly integrationId: IntegrationId,
    readonly credentialVersion: number,
  ) {
    super();
  }
}

/** The current version of a live integration's credential. Errors: NOT_FOUND `CREDENTIAL_UNKNOWN`. */
@QueryHandler(GetSealedCredentialQuery)
export class GetSealedCredentialHandler implements IQueryHandler<GetSealedCredentialQuery> {
  constructor(private readonly credentials: CurrentCredentials) {}

  async execute({ integrationId, credentialVersion }: GetSealedCredentialQuery): Promise<SealedCredential> {
    const { sealed } = await this.credentials.get(integrationId, credentialVersion);
    return sealed;
  }
}
