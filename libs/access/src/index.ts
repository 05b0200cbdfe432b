export { API_KEY_SOURCES, apiKeyDirectory, apiKeySchema } from './api-key-directory.projection';
export { hashApiKey } from './api-key-hash';
export { PostgresApiKeys } from './postgres-api-keys';
export { ApiKeys, TokenAuthenticator } from './token-authenticator';
export type { TokenAuthenticatorOptions } from './token-authenticator';
