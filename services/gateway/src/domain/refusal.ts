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

/** Code → status. The one table of what the gateway answers when it does not relay; the words are each surface's own. */
export const REFUSALS = {
  invalid_request: 400,
  unsupported_parameter: 400,
  unsupported_surface: 400,
  request_exceeds_limit: 400,
  loop_detected: 400,
  model_unpriced: 400,
  model_unbounded: 400,
  invalid_api_key: 401,
  workspace_archived: 403,
  missing_scope: 403,
  provider_not_provisioned: 403,
  provision_expired: 403,
  model_not_allowed: 403,
  integration_disabled: 403,
  model_not_found: 404,
  unknown_deployment: 404,
  unknown_provider: 404,
  unknown_url: 404,
  budget_exceeded: 412,
  request_timeout: 408,
  request_too_large: 413,
  rate_limit_exceeded: 429,
  internal_error: 500,
  provider_error: 502,
  credential_misdirected: 502,
  host_refused: 502,
  bodies_too_large: 503,
  limits_unavailable: 503,
  credential_unavailable: 503,
  shutting_down: 503,
  provider_timeout: 504,
} as const satisfies Record<string, number>;

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
    return REFUSALS[this.code];
  }
}

/** Words of a client's in an answer, a header or a log: short, and nothing that a terminal would act on. */
export const printable = (text: string, charactersMax: number): string =>
  text.slice(0, charactersMax).replace(/[^\x20-\x7e]/g, '?');

export const invalidRequest = (message: string, param?: string): Refusal =>
  new Refusal('invalid_request', message, param === undefined ? {} : { param });

/** A limit as refusals show it. Amounts are decimal strings, since nano-USD do not fit a JSON number. */
export const witnessJson = (limit: LimitWitness): object => ({
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
