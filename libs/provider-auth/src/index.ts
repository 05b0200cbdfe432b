export { AmbientIdentities } from './ambient-identities';
export type { AmbientIdentity } from './ambient-identities';
export type { GatewayRole } from './aws/gateway-keys';
export { CREDENTIAL_KINDS, headersIn, KEY_SCHEMES, providerCredentialOf } from './credential-use';
export type { CredentialKind, CredentialUse, KeyScheme } from './credential-use';
export { LentIdentities } from './lent-identities';
export type { LentIdentitiesOptions } from './lent-identities';
export type { Headers, OutgoingRequest } from './outgoing-request';
export { ProviderAuthenticator } from './provider-authenticator';
export type { AuthenticatorParts } from './provider-authenticator';
export type {
  AwsKeys,
  AwsScope,
  CredentialHolder,
  EntraCloud,
  ProviderCredential,
} from './provider-credential';
export { signV4 } from './aws/sign-v4';
export { tokenOriginOf } from './token-origins';
export { TokenCache } from './tokens/token-cache';
export type { FreshToken } from './tokens/token-cache';
export { TokenTransport } from './tokens/token-transport';
export type { TokenAnswer, TokenRequest } from './tokens/token-transport';
export { UndiciTokenTransport } from './tokens/undici-token-transport';
export type { UndiciTokenTransportOptions } from './tokens/undici-token-transport';
