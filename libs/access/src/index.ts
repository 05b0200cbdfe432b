export { API_KEY_SOURCES, apiKeyDirectory, apiKeySchema } from './api-key-directory.projection';
export { ApiKeyFormat } from './api-key-format';
export type { ApiKeyForm } from './api-key-format';
export { hashApiKey } from './api-key-hash';
export { ApiKeys } from './key-lookups';
export { PostgresApiKeys } from './postgres-api-keys';
export { TokenAuthenticator } from './token-authenticator';
export type { TokenAuthenticatorOptions } from './token-authenticator';
