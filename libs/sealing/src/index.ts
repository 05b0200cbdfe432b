export { HpkeCredentialSealer, HpkeDataKeyUnwrapper } from './hpke-key-provider';
export type { RandomBytes } from './hpke-key-provider';
export { CredentialSealer, DataKeyUnwrapper } from './key-provider';
export { openCredential } from './open-credential';
export { ProcessSeal } from './process-seal';
export { CredentialUnreadable } from './sealed-credential';
export type { CredentialBinding, CredentialFields, SealedCredential } from './sealed-credential';
export { generateVaultKeyPair, publicKeyOf } from './vault-key';
export type { VaultKeyPair } from './vault-key';
