import { Ids, type IntegrationId } from '@gatehouse/kernel';
import type { SealedCredential } from '@gatehouse/sealing';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type CredentialUse, credentialUseOf } from '../../domain/integration/credential-kind';
import { externalIdOf } from '../connection/external-id';
import { ProviderCatalog } from '../integration/integration.ports';
import { CurrentCredentials } from './current-credentials';

/** A credential with how it is used; undefined where its provider takes no such credential any more. */
export interface UsableCredential {
  readonly sealed: SealedCredential;
  readonly use: CredentialUse | undefined;
}

export class GetSealedCredentialQuery extends Query<UsableCredential> {
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
  constructor(
    private readonly credentials: CurrentCredentials,
    private readonly catalog: ProviderCatalog,
    private readonly ids: Ids,
  ) {}

  async execute({ integrationId, credentialVersion }: GetSealedCredentialQuery): Promise<UsableCredential> {
    const { sealed, details } = await this.credentials.get(integrationId, credentialVersion);
    const provider = this.catalog.find(details.provider);
    return { sealed, use: provider && credentialUseOf(provider, details, externalIdOf(this.ids, details)) };
  }
}
