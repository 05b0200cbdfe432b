import type { IntegrationId } from '@gatehouse/kernel';
import type { Destruction, IntegrationKey } from '@gatehouse/sealing';
import type { KeptSecret } from '../integration/integration.ports';

/** Which key of an integration. */
export interface KeyName {
  readonly integrationId: IntegrationId;
  /** Counts from 1. */
  readonly epoch: number;
}

/**
 * Whoever holds the private halves of integrations' keys: a gateway, and behind it the key provider. Errors: UNAVAILABLE
 * where nobody can be asked.
 */
export abstract class KeyCustody {
  /** Makes the key, or answers with the one that is there; one destruction ends whatever it answered. */
  abstract create(name: KeyName): Promise<IntegrationKey>;
  /**
   * Errors: NOT_FOUND `INTEGRATION_KEY_UNKNOWN` where there is no trace of the key.
   * @param keyId empty where it was never learned.
   */
  abstract destroy(name: KeyName, keyId: string, wasScheduled: boolean): Promise<Destruction>;
}

/** A key that is to be destroyed. */
export interface CondemnedKey extends KeyName {
  /** Empty where it was asked for and never learned. */
  readonly keyId: string;
  readonly wasScheduled: boolean;
}

/** What the registry remembers of integrations' keys: public halves, and what is still to be destroyed. */
export abstract class IntegrationKeys {
  /** The key of the highest epoch, but of this one at least, for whoever seals to it: from then on it has its grace anew. */
  abstract use(id: IntegrationId, epochMin: number, at: Date): Promise<IntegrationKey | undefined>;
  /**
   * Before a custodian is asked for the key, so that whatever it makes is found again. Errors: REFUSED
   * `INTEGRATION_KEY_DESTROYED` for one that is to be destroyed, or was.
   */
  abstract ask(name: KeyName, at: Date): Promise<void>;
  /** Keeps what the custodian answered; the first answer stands, and is what this one answers. Errors: as `ask`. */
  abstract made(name: KeyName, key: IntegrationKey): Promise<IntegrationKey>;
  /** Those of an integration that were made and are not destroyed. */
  abstract keyIdsOf(id: IntegrationId): Promise<readonly string[]>;
  /** From now on all keys of the integration are to be destroyed. */
  abstract condemn(id: IntegrationId, at: Date): Promise<void>;
  /** The same of those that nobody has asked for or used since the time, where the integration has no credential now. */
  abstract condemnUnused(id: IntegrationId, before: Date, at: Date): Promise<void>;
  /**
   * The same of keys whose integration has had a newer one since before the time, and which wrap nothing any more. Answers
   * nothing of those whose integration has none.
   */
  abstract condemnSuperseded(before: Date): Promise<void>;
  /**
   * Integrations with a key that is not condemned, that nobody has asked for or used since the time, and no credential, in order of
   * id: at most 500 behind the given one.
   */
  abstract withoutCredential(
    before: Date,
    after: IntegrationId | undefined,
  ): Promise<readonly IntegrationId[]>;
  /** Condemned, not destroyed, and due, in order of integration id and epoch: at most 500 behind the given one. */
  abstract due(at: Date, after?: KeyName): Promise<readonly CondemnedKey[]>;
  /** The same of one integration, all of them. */
  abstract dueOf(id: IntegrationId, at: Date): Promise<readonly CondemnedKey[]>;
  /** The custodian has seen the key, and is to be asked again then. */
  abstract scheduled(name: KeyName, askAgainAt: Date): Promise<void>;
  abstract destroyed(name: KeyName): Promise<void>;
  /** Confirmed rows whose wrap is for no key of this epoch or a later one, in order of integration id: at most 50 after the given one. */
  abstract outdatedWraps(epoch: number, afterIntegrationId: string): Promise<readonly KeptSecret[]>;
}
