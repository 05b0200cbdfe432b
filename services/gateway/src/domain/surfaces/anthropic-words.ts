import { type Refusal, type RefusalCode, witnessJson } from '../refusal';
import type { FailureWords } from './surface';

/** Anthropic's types of errors. Source: its documentation of errors, by status. */
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
  model_not_found: 'not_found_error',
  unknown_deployment: 'not_found_error',
  unknown_provider: 'not_found_error',
  unknown_url: 'not_found_error',
  budget_exceeded: 'billing_error',
  request_timeout: 'timeout_error',
  request_too_large: 'request_too_large',
  rate_limit_exceeded: 'rate_limit_error',
  internal_error: 'api_error',
  provider_error: 'api_error',
  credential_misdirected: 'api_error',
  host_refused: 'api_error',
  bodies_too_large: 'overloaded_error',
  limits_unavailable: 'overloaded_error',
  credential_unavailable: 'overloaded_error',
  shutting_down: 'overloaded_error',
  provider_timeout: 'timeout_error',
};

/** Anthropic's error envelope; what OpenAI's has beside it (code, parameter, limit) stands in the error too. */
const envelopeOf = ({ code, message, details }: Refusal): string =>
  JSON.stringify({
    type: 'error',
    error: {
      type: TYPES[code],
      message,
      code,
      ...(details.param !== undefined && { param: details.param }),
      ...(details.limit && { limit: witnessJson(details.limit) }),
    },
  });

/** The words of Anthropic's surfaces. */
export const anthropicWords: FailureWords = {
  requestIdHeader: 'request-id',
  refusal: envelopeOf,
  brokenStream: (refusal) => `event: error\ndata: ${envelopeOf(refusal)}\n\n`,
};
