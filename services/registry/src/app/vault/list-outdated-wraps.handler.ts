import type { IntegrationId } from '@gatehouse/kernel';
import type { IntegrationKey, SealedCredential } from '@gatehouse/sealing';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CurrentCredentials } from './current-credentials';
import { IntegrationKeyring } from './integration-keyring';
import { IntegrationKeys } from './integration-keys.ports';

export interface OutdatedWraps {
  readonly sealed: readonly SealedCredential[];
  /** The current key of each integration that is named. */
  readonly keys: ReadonlyMap<IntegrationId, IntegrationKey>;
  /** Empty on the last page. */
  readonly nextAfterIntegrationId: string;
}

export class ListOutdatedWrapsQuery extends Query<OutdatedWraps> {
  constructor(readonly afterIntegrationId: string) {
    super();
  }
}

/**
 * Current credentials whose data key is wrapped for another key than their integration's current one, by integration id;
 * an integration that has none of the epoch yet gets it now. Errors: those of `IntegrationKeyring.keyOf`.
 */
@QueryHandler(ListOutdatedWrapsQuery)
export class ListOutdatedWrapsHandler implements IQueryHandler<ListOutdatedWrapsQuery> {
  constructor(
    private readonly credentials: CurrentCredentials,
    private readonly keys: IntegrationKeys,
    private readonly keyring: IntegrationKeyring,
  ) {}

  async execute({ afterIntegrationId }: ListOutdatedWrapsQuery): Promise<OutdatedWraps> {
    const rows = await this.keys.outdatedWraps(this.keyring.epoch, afterIntegrationId);
    const sealed: SealedCredential[] = [];
    const keys = new Map<IntegrationId, IntegrationKey>();
    for (const row of rows) {
      const served = await this.credentials.served(row);
      if (served === undefined) continue;
      const id = served.integrationId as IntegrationId;
      keys.set(id, await this.keyring.keyOf(id));
      sealed.push(served);
    }
    return { sealed, keys, nextAfterIntegrationId: rows.at(-1)?.sealed.integrationId ?? '' };
  }
}
