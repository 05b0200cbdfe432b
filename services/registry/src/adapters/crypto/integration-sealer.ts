import type { IntegrationId } from '@gatehouse/kernel';
import {
  type CredentialBinding,
  type CredentialFields,
  CredentialSealer,
  HpkeCredentialSealer,
  type RandomBytes,
  type SealedCredential,
} from '@gatehouse/sealing';
import type { IntegrationKeyring } from '../../app/vault/integration-keyring';

/** Seals each credential to the public half of its integration's key. */
export class IntegrationSealer extends CredentialSealer {
  constructor(
    private readonly keyring: Pick<IntegrationKeyring, 'keyOf'>,
    private readonly random?: RandomBytes,
  ) {
    super();
  }

  /** Errors: those of `IntegrationKeyring.keyOf`. */
  async seal(binding: CredentialBinding, fields: CredentialFields): Promise<SealedCredential> {
    const key = await this.keyring.keyOf(binding.integrationId as IntegrationId);
    return new HpkeCredentialSealer(key.publicKey, this.random, key).seal(binding, fields);
  }
}
