import { type LimitState, remainingOf } from '@gatehouse/leases';

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
  /** What stood against the request. */
  readonly limit?: LimitState;
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

const SCOPES: Readonly<Record<LimitState['scope'], string>> = {
  provision: 'provision',
  workspace: 'workspace',
  apiKey: 'api_key',
  integration: 'integration',
  organization: 'organization',
  workspaceKey: 'workspace_key',
};

const UNITS: Readonly<Record<LimitState['unit'], string>> = {
  nanoUsd: 'nano_usd',
  tokens: 'tokens',
  requests: 'requests',
};

/** A limit as refusals show it. Amounts are decimal strings, since nano-USD do not fit a JSON number. */
export const witnessJson = (limit: LimitState): object => ({
  id: limit.id,
  kind: limit.kind === 'budget' ? 'budget' : 'rate_limit',
  scope: SCOPES[limit.scope],
  scope_id: limit.scopeId,
  unit: UNITS[limit.unit],
  limit: limit.limit.toString(),
  spent: limit.spent.toString(),
  held: limit.held.toString(),
  remaining: remainingOf(limit).toString(),
  resets_at: limit.resetsAt?.toISOString() ?? null,
});
