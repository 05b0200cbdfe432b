import type { IntegrationKey, IntegrationKeyName, KeyProviderKind } from './integration-key';

/** What became of a key that is to be destroyed. */
export type Destruction =
  | { readonly state: 'destroyed' }
  /** It opens nothing any more, and is gone at this time; to be asked again then. */
  | { readonly state: 'scheduled'; readonly until: Date };

/**
 * Makes and keeps the keys of integrations, outside the database: the gateways' alone. All gateways share what it keeps.
 *
 * Errors of every method: UNAVAILABLE `KEY_PROVIDER_UNAVAILABLE` where it cannot be reached, REFUSED `KEY_PROVIDER_REFUSED`
 * where it does not let us.
 */
export abstract class KeyProvider {
  abstract readonly kind: KeyProviderKind;

  /**
   * Makes the key, or answers with the one that is there: however often and by however many it is asked for, one
   * destruction ends it. Errors: REFUSED `INTEGRATION_KEY_DESTROYED`.
   */
  abstract create(name: IntegrationKeyName): Promise<IntegrationKey>;

  /**
   * The private half, raw X25519; the caller overwrites it after use. Milliseconds: never per request. Errors:
   * CredentialUnreadable for a key that is not there, or no more, or not the one that is named.
   */
  abstract privateHalf(key: Pick<IntegrationKey, 'keyId' | 'custody'>): Promise<Buffer>;

  /**
   * Takes the key away for ever; at once it opens nothing any more. Errors: NOT_FOUND `INTEGRATION_KEY_UNKNOWN` where there
   * is no trace of it: it was never made, or is kept elsewhere.
   * @param wasScheduled an earlier call answered `scheduled`: what is gone by now is destroyed, not unknown.
   */
  abstract destroy(name: IntegrationKeyName, wasScheduled: boolean): Promise<Destruction>;
}
