import type { KeyObject } from 'node:crypto';
import type { IntegrationKey } from './keys/integration-key';
import type {
  CredentialBinding,
  CredentialFields,
  SealedCredential,
  WrappedDataKey,
} from './sealed-credential';

/** The half that can only seal: the registry's. It holds nothing that opens what it sealed. */
export abstract class CredentialSealer {
  /** Encrypts the fields under a fresh data key and wraps that key. Two seals of the same fields differ. */
  abstract seal(binding: CredentialBinding, fields: CredentialFields): Promise<SealedCredential>;
}

/** The half that unwraps data keys: the gateway's. */
export abstract class DataKeyUnwrapper {
  /**
   * The data key of a sealed credential, to be kept for minutes and given to `openCredential`. Milliseconds: never per
   * request. Errors: CredentialUnreadable; those of a key provider.
   */
  abstract unwrap(sealed: SealedCredential): Promise<KeyObject>;
  /**
   * Wraps the data key to a key of the credential's integration; the credential itself is not touched. What it answers was
   * seen to unwrap. Errors: as `unwrap`.
   */
  abstract rewrap(sealed: SealedCredential, to: IntegrationKey): Promise<WrappedDataKey>;
}
