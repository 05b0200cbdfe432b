import type { ApiKeyId, OrganizationId } from '@gatehouse/kernel';
import type { KeySecret } from '../../domain/api-key/api-key.events';

/** A new key: what its holder is told once, and what is kept of it. */
export interface MintedKey {
  readonly secret: string;
  readonly kept: KeySecret;
}

/** Makes keys that nobody can guess, and their keyed hashes. */
export abstract class ApiKeyMint {
  abstract mint(id: ApiKeyId): MintedKey;
}

/** What one service knows of keys that called it. */
export interface ServiceUses {
  readonly service: string;
  /** Undefined where it cannot be asked. */
  readonly known?:
    | {
        /** What was before is not known. */
        readonly since: Date;
        /** Of those that ever called: the minute for the gateway, the hour for others, by its beginning. */
        readonly last: ReadonlyMap<ApiKeyId, Date>;
      }
    | undefined;
}

/** When keys last called, by each service that they call. */
export abstract class KeyUses {
  /** One entry for each service. Never throws. */
  abstract of(
    organizationId: OrganizationId,
    apiKeyIds: readonly ApiKeyId[],
  ): Promise<readonly ServiceUses[]>;
}
