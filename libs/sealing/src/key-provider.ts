import type { KeyObject } from 'node:crypto';
import type {
  CredentialBinding,
  CredentialFields,
  SealedCredential,
  WrappedDataKey,
} from './sealed-credential';

/** The half of a key provider that can only seal: the registry's. It holds nothing that opens what it sealed. */
export abstract class CredentialSealer {
  /** The vault key that it seals to. */
  abstract get keyId(): string;
  /** Encrypts the fields under a fresh data key and wraps that key. Two seals of the same fields differ. */
  abstract seal(binding: CredentialBinding, fields: CredentialFields): Promise<SealedCredential>;
}

/** The half of a key provider that unwraps data keys: the gateway's. It may hold several vault keys. */
export abstract class DataKeyUnwrapper {
  /**
   * The data key of a sealed credential, to be kept for minutes and given to `openCredential`. Milliseconds: never per
   * request. Errors: CredentialUnreadable.
   */
  abstract unwrap(sealed: SealedCredential): Promise<KeyObject>;
  /** Whether the vault key is at hand. */
  abstract holds(keyId: string): boolean;
  /**
   * Wraps the data key to another vault key that is at hand; the credential itself is not touched. What it answers was
   * seen to unwrap. Errors: CredentialUnreadable.
   */
  abstract rewrap(sealed: SealedCredential, keyId: string): Promise<WrappedDataKey>;
}
