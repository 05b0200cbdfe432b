import { type Refusal, type RefusalCode, witnessJson } from '../refusal';
import type { FailureWords } from './surface';

/** OpenAI's types of errors. */
const TYPES: Readonly<Record<RefusalCode, string>> = {
  invalid_request: 'invalid_request_error',
  unsupported_parameter: 'invalid_request_error',
  unsupported_surface: 'invalid_request_error',
  request_exceeds_limit: 'invalid_request_error',
  loop_detected: 'invalid_request_error',
  model_unpriced: 'invalid_request_error',
  model_unbounded: 'invalid_request_error',
  invalid_api_key: 'authentication_error',
  workspace_archived: 'permission_error',
  missing_scope: 'permission_error',
  provider_not_provisioned: 'permission_error',
  provision_expired: 'permission_error',
  model_not_allowed: 'permission_error',
  integration_disabled: 'permission_error',
  model_not_found: 'invalid_request_error',
  unknown_deployment: 'invalid_request_error',
  unknown_provider: 'invalid_request_error',
  unknown_url: 'invalid_request_error',
  budget_exceeded: 'insufficient_quota',
  request_timeout: 'invalid_request_error',
  request_too_large: 'invalid_request_error',
  rate_limit_exceeded: 'rate_limit_error',
  internal_error: 'server_error',
  provider_error: 'provider_error',
  credential_misdirected: 'provider_error',
  host_refused: 'provider_error',
  bodies_too_large: 'server_error',
  limits_unavailable: 'server_error',
  credential_unavailable: 'server_error',
  shutting_down: 'server_error',
  provider_timeout: 'provider_error',
};

/** OpenAI's error envelope, with `limit` beside the usual fields where a limit stood against the request. */
const envelopeOf = ({ code, message, details }: Refusal): string =>
  JSON.stringify({
    error: {
      message,
      type: TYPES[code],
      code,
      param: details.param ?? null,
      ...(details.limit && { limit: witnessJson(details.limit) }),
    },
  });

/** The words of OpenAI's surfaces, and of what is no surface. */
export const openaiWords: FailureWords = {
  requestIdHeader: 'x-request-id',
  refusal: envelopeOf,
  brokenStream: (refusal) => `data: ${envelopeOf(refusal)}\n\n`,
};
