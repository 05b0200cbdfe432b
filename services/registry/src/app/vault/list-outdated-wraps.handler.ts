import { CredentialSealer, type SealedCredential } from '@gatehouse/sealing';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CredentialVault } from '../integration/integration.ports';
import { CurrentCredentials } from './current-credentials';

export interface OutdatedWraps {
  readonly sealed: readonly SealedCredential[];
  /** The vault key that the registry seals to. */
  readonly keyId: string;
  /** Empty on the last page. */
  readonly nextAfterIntegrationId: string;
}

export class ListOutdatedWrapsQuery extends Query<OutdatedWraps> {
  constructor(readonly afterIntegrationId: string) {
    super();
  }
}

/** Current credentials whose data key is wrapped for another vault key than the registry seals to, by integration id. */
@QueryHandler(ListOutdatedWrapsQuery)
export class ListOutdatedWrapsHandler implements IQueryHandler<ListOutdatedWrapsQuery> {
  constructor(
    private readonly credentials: CurrentCredentials,
    private readonly vault: CredentialVault,
    private readonly sealer: CredentialSealer,
  ) {}

  async execute({ afterIntegrationId }: ListOutdatedWrapsQuery): Promise<OutdatedWraps> {
    const { keyId } = this.sealer;
    const rows = await this.vault.wrappedForOthers(keyId, afterIntegrationId);
    const sealed: SealedCredential[] = [];
    for (const row of rows) {
      const served = await this.credentials.served(row);
      if (served !== undefined) sealed.push(served);
    }
    return { sealed, keyId, nextAfterIntegrationId: rows.at(-1)?.sealed.integrationId ?? '' };
  }
}
