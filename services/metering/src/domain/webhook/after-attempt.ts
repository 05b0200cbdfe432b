import { told, type Webhook, type WebhookDecided } from './webhook';

/** How a receiver took what was sent. */
export type AttemptOutcome =
  | { readonly kind: 'taken' }
  /** `gone`: it said that it is there no more (410). */
  | { readonly kind: 'failed'; readonly error: string; readonly gone: boolean };

export interface WebhookTerms {
  /** From the first attempt to the second; each wait after is six times as long as the one before. */
  readonly retryMs: number;
  /** How long a receiver may take nothing before it is disabled. */
  readonly disableAfterMs: number;
}

export interface AfterAttempt extends WebhookDecided {
  /** When what was sent is sent again; undefined: never, for it was taken or given up. */
  readonly nextAt: Date | undefined;
}

const WAIT_GROWS = 6;
const WAIT_MAX_MS = 86_400_000;
/** The last is two and a half days after the first, where the second is five seconds after it. */
const ATTEMPTS_MAX = 9;

/** @param attempts with this one. */
export const afterAttempt = (
  before: Webhook,
  attempts: number,
  outcome: AttemptOutcome,
  now: Date,
  terms: WebhookTerms,
): AfterAttempt => {
  if (outcome.kind === 'taken') return { ...taken(before, now), nextAt: undefined };
  const isLast = attempts >= ATTEMPTS_MAX;
  const failed = withFailure(before, outcome, now, terms);
  const webhook = isLast ? { ...failed.webhook, givenUp: before.givenUp + 1n } : failed.webhook;
  const waitMs = Math.min(terms.retryMs * WAIT_GROWS ** (attempts - 1), WAIT_MAX_MS);
  return { ...failed, webhook, nextAt: isLast ? undefined : new Date(now.getTime() + waitMs) };
};

/** A test that was taken sets a webhook right again; one that was not only tells why. */
export const afterTest = (before: Webhook, outcome: AttemptOutcome): WebhookDecided => {
  if (outcome.kind === 'failed') return { webhook: { ...before, lastError: outcome.error }, events: [] };
  const webhook: Webhook = { ...before, status: 'enabled', failingSince: undefined };
  const events =
    before.status === 'enabled' ? [] : [told(before, { type: 'WebhookEnabled', webhookId: before.id })];
  return { webhook, events };
};

/** Of one that is disabled what was under way is no reason to tell it again. */
const taken = (before: Webhook, now: Date): WebhookDecided => ({
  webhook: {
    ...before,
    delivered: before.delivered + 1n,
    lastDeliveredAt: now,
    ...(before.status === 'enabled' && { failingSince: undefined }),
  },
  events: [],
});

const withFailure = (
  before: Webhook,
  { error: lastError, gone }: Extract<AttemptOutcome, { readonly kind: 'failed' }>,
  now: Date,
  { disableAfterMs }: WebhookTerms,
): WebhookDecided => {
  const failingSince = before.failingSince ?? now;
  const webhook: Webhook = { ...before, failingSince, lastError };
  const isOver = gone || now.getTime() - failingSince.getTime() >= disableAfterMs;
  if (before.status !== 'enabled' || !isOver) return { webhook, events: [] };
  const disabled: Webhook = { ...webhook, status: 'disabled' };
  const event = { type: 'WebhookDisabled', webhookId: before.id, failingSince, lastError } as const;
  return { webhook: disabled, events: [told(disabled, event)] };
};
