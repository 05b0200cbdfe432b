/** What a refusal says of the limit that stood against the request. Amounts are in the limit's unit. */
export interface LimitWitness {
  readonly id: string;
  /** `workspace_key`: an API key, with a limit that it has by its workspace's template. */
  readonly scope: 'provision' | 'workspace' | 'api_key' | 'integration' | 'organization' | 'workspace_key';
  readonly scopeId: string;
  readonly unit: 'nano_usd' | 'tokens' | 'requests';
  readonly kind: 'budget' | 'rate_limit';
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;
  /** Absent when the budget never resets. */
  readonly resetsAt?: Date;
}

/** Code → status and OpenAI's error type. The one table of what the gateway answers when it does not relay. */
export const REFUSALS = {
  invalid_request: { status: 400, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error' },
  model_unpriced: { status: 400, type: 'invalid_request_error' },
  model_unbounded: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  workspace_archived: { status: 403, type: 'permission_error' },
  missing_scope: { status: 403, type: 'permission_error' },
  provider_not_provisioned: { status: 403, type: 'permission_error' },
  provision_expired: { status: 403, type: 'permission_error' },
  model_not_allowed: { status: 403, type: 'permission_error' },
  integration_disabled: { status: 403, type: 'permission_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  unknown_deployment: { status: 404, type: 'invalid_request_error' },
  unknown_provider: { status: 404, type: 'invalid_request_error' },
  unknown_url: { status: 404, type: 'invalid_request_error' },
  budget_exceeded: { status: 412, type: 'insufficient_quota' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  internal_error: { status: 500, type: 'server_error' },
  provider_error: { status: 502, type: 'provider_error' },
  credential_misdirected: { status: 502, type: 'provider_error' },
  host_refused: { status: 502, type: 'provider_error' },
  limits_unavailable: { status: 503, type: 'server_error' },
  credential_unavailable: { status: 503, type: 'server_error' },
  shutting_down: { status: 503, type: 'server_error' },
  provider_timeout: { status: 504, type: 'provider_error' },
} as const satisfies Record<string, { readonly status: number; readonly type: string }>;

export type RefusalCode = keyof typeof REFUSALS;

export interface RefusalDetails {
  /** The parameter or header at fault. */
  readonly param?: string;
  readonly limit?: LimitWitness;
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds?: number;
}

/** A typed refusal that the client sees. The message is for people and never carries a secret. */
export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }

  get status(): number {
    return REFUSALS[this.code].status;
  }
}

export const invalidRequest = (message: string, param?: string): Refusal =>
  new Refusal('invalid_request', message, param === undefined ? {} : { param });

/** OpenAI's error envelope, with `limit` beside the usual fields where a limit stood against the request. */
export const envelopeOf = ({ code, message, details }: Refusal): string =>
  JSON.stringify({
    error: {
      message,
      type: REFUSALS[code].type,
      code,
      param: details.param ?? null,
      ...(details.limit && { limit: witnessJson(details.limit) }),
    },
  });

/** Amounts are decimal strings, since nano-USD do not fit a JSON number. */
const witnessJson = (limit: LimitWitness): object => ({
  id: limit.id,
  kind: limit.kind,
  scope: limit.scope,
  scope_id: limit.scopeId,
  unit: limit.unit,
  limit: limit.limit.toString(),
  spent: limit.spent.toString(),
  held: limit.held.toString(),
  remaining: remainingOf(limit).toString(),
  resets_at: limit.resetsAt?.toISOString() ?? null,
});

/** What is neither spent nor held; 0 when the limit was lowered below that. */
export const remainingOf = ({ limit, spent, held }: LimitWitness): bigint => {
  const remaining = limit - spent - held;
  return remaining > 0n ? remaining : 0n;
};
