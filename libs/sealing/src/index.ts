export { HpkeCredentialSealer, HpkeDataKeyUnwrapper } from './hpke-sealing';
export type { RandomBytes } from './hpke-sealing';
export { CredentialSealer, DataKeyUnwrapper } from './key-halves';
export { AwsKmsKeys } from './keys/aws-kms-keys';
export { KEY_PROVIDER_KINDS, parseIntegrationKeyId } from './keys/integration-key';
export type { IntegrationKey, IntegrationKeyName, KeyProviderKind } from './keys/integration-key';
export { KeyProvider } from './keys/key-provider';
export type { Destruction } from './keys/key-provider';
export { KeyProviders } from './keys/key-providers';
export { LocalKeys } from './keys/local-keys';
export { VaultTransitKeys } from './keys/vault-transit-keys';
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
