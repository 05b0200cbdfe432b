export { HpkeCredentialSealer, HpkeDataKeyUnwrapper } from './hpke-key-provider';
export type { RandomBytes } from './hpke-key-provider';
export { CredentialSealer, DataKeyUnwrapper } from './key-provider';
export { openCredential } from './open-credential';
export { leadsTo, originsOf } from './origins';
export { ProcessSeal } from './process-seal';
export { CredentialMisdirected, CredentialUnreadable } from './sealed-credential';
export type {
  CredentialBinding,
  CredentialFields,
  SealedCredential,
  WrappedDataKey,
} from './sealed-credential';
export { generateVaultKeyPair, publicKeyOf, vaultKeyIdOf } from './vault-key';
export type { VaultKeyPair } from './vault-key';
export { splitNamedSecrets, withNamedSecrets } from './secret-uses';
export type { NamedSecret } from './secret-uses';
