import { AppError, deriveEventId, type OrganizationId, type WebhookId } from '@gatehouse/kernel';
import type { Asked, PendingEvent } from '../lease/lease.events';
import type { WebhookEventType } from './notified-events';
import type { WebhookEvent } from './webhook.events';

/** Where an organization is told of its budgets. */
export interface Webhook<Sealed = unknown> {
  readonly id: WebhookId;
  readonly organizationId: OrganizationId;
  readonly url: string;
  /** Empty: all. */
  readonly eventTypes: readonly WebhookEventType[];
  readonly status: 'enabled' | 'disabled' | 'removed';
  /** What is sent is signed by: the newest first, and the one before for a while. Of those before that only who made them is known. */
  readonly secrets: readonly WebhookSecret<Sealed>[];
  readonly createdAt: Date;
  /** Events that it has taken, and that were given up. */
  readonly delivered: bigint;
  readonly givenUp: bigint;
  /** Since when none was taken though some were sent. */
  readonly failingSince: Date | undefined;
  /** Of the last attempt that failed; empty where none did. */
  readonly lastError: string;
  readonly lastDeliveredAt: Date | undefined;
}

export interface WebhookSecret<Sealed = unknown> {
  /** From 1. */
  readonly version: number;
  /** Undefined of one that is gone. */
  readonly sealed: Sealed;
  /** The request that made it: its repetition is told the secret too. */
  readonly requestId: string;
  /** Nothing is signed by it from then on; undefined of the newest. */
  readonly until: Date | undefined;
}

export interface WebhookDecided {
  readonly webhook: Webhook;
  readonly events: readonly PendingEvent[];
}

const WEBHOOKS_MAX = 16;
const OVERLAP_MS = 86_400_000;

export interface AddWebhook {
  readonly id: WebhookId;
  readonly organizationId: OrganizationId;
  readonly url: string;
  readonly origin: string;
  readonly eventTypes: readonly WebhookEventType[];
  readonly sealed: unknown;
  readonly asked: Asked;
}

/**
 * A repetition finds it as it is. Refusals: REFUSED `WEBHOOKS_EXCEEDED`; NOT_FOUND `WEBHOOK_UNKNOWN` where it was removed since.
 *
 * @param others how many the organization has.
 */
export const addWebhook = (
  command: AddWebhook,
  known: Webhook | undefined,
  others: number,
  now: Date,
): WebhookDecided => {
  if (known) return { webhook: present(known), events: [] };
  if (others >= WEBHOOKS_MAX) throw new AppError('REFUSED', 'WEBHOOKS_EXCEEDED');
  const { id, organizationId, url, origin, eventTypes, sealed, asked } = command;
  const webhook: Webhook = {
    ...{ id, organizationId, url, eventTypes, status: 'enabled' },
    secrets: [{ version: 1, sealed, requestId: asked.requestId, until: undefined }],
    createdAt: now,
    ...{ delivered: 0n, givenUp: 0n, failingSince: undefined, lastError: '', lastDeliveredAt: undefined },
  };
  const event = { type: 'WebhookAdded', webhookId: id, origin, eventTypes } as const;
  return { webhook, events: [told(webhook, event, asked)] };
};

/** Removing it twice is not an error: the second time nothing happens. NOT_FOUND `WEBHOOK_UNKNOWN`. */
export const removeWebhook = (known: Webhook | undefined, asked: Asked): WebhookDecided => {
  if (!known) throw new AppError('NOT_FOUND', 'WEBHOOK_UNKNOWN');
  if (known.status === 'removed') return { webhook: known, events: [] };
  const webhook: Webhook = { ...known, status: 'removed', secrets: [] };
  return { webhook, events: [told(webhook, { type: 'WebhookRemoved', webhookId: known.id }, asked)] };
};

/**
 * What is sent is signed by both for a day; of two that are changed within a day, the older is gone. A repetition changes nothing. NOT_FOUND
 * `WEBHOOK_UNKNOWN`; CONFLICT `REVISION_MISMATCH` where somebody else has changed it meanwhile.
 */
export const rotateSecret = (
  { version, sealed, asked }: { readonly version: number; readonly sealed: unknown; readonly asked: Asked },
  known: Webhook | undefined,
  now: Date,
): WebhookDecided => {
  const before = present(known);
  if (madeBy(before, asked.requestId)) return { webhook: before, events: [] };
  const [newest, ...older] = before.secrets;
  if (newest?.version !== version - 1) throw new AppError('CONFLICT', 'REVISION_MISMATCH');
  const until = new Date(now.getTime() + OVERLAP_MS);
  const secrets = [
    { version, sealed, requestId: asked.requestId, until: undefined },
    { ...newest, until },
    ...older.map((secret) => ({ ...secret, sealed: undefined })),
  ];
  const webhook: Webhook = { ...before, secrets };
  const event = {
    type: 'WebhookSecretRotated',
    ...{ webhookId: before.id, secretVersion: version, previousUntil: until },
  } as const;
  return { webhook, events: [told(webhook, event, asked)] };
};

/** NOT_FOUND `WEBHOOK_UNKNOWN`. */
export const present = <Sealed>(known: Webhook<Sealed> | undefined): Webhook<Sealed> => {
  if (!known || known.status === 'removed') throw new AppError('NOT_FOUND', 'WEBHOOK_UNKNOWN');
  return known;
};

/** The secret that a request has made. */
export const madeBy = <Sealed>(
  webhook: Webhook<Sealed>,
  requestId: string,
): WebhookSecret<Sealed> | undefined => webhook.secrets.find((secret) => secret.requestId === requestId);

/** By which what is sent now is signed. */
export const signingSecrets = <Sealed>(
  webhook: Webhook<Sealed>,
  now: Date,
): readonly WebhookSecret<Sealed>[] =>
  webhook.secrets.filter(({ sealed, until }) => sealed !== undefined && (until === undefined || until > now));

export const told = (webhook: Webhook, event: WebhookEvent, asked?: Asked): PendingEvent => ({
  id: deriveEventId(event.type, webhook.id, asked?.requestId ?? `${webhook.failingSince?.toISOString()}`),
  organizationId: webhook.organizationId,
  event,
  ...(asked && { asked }),
});
