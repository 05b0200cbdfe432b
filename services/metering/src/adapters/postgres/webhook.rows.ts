import type { OrganizationId, WebhookId } from '@gatehouse/kernel';
import type { WebhookEventType } from '../../domain/webhook/notified-events';
import type { Webhook, WebhookSecret } from '../../domain/webhook/webhook';

/** A row of metering.webhook. */
export interface WebhookDbRow {
  webhook_id: WebhookId;
  organization_id: OrganizationId;
  url: string;
  event_types: WebhookEventType[];
  status: Webhook['status'];
  secrets: readonly (Omit<WebhookSecret, 'until'> & { readonly until: string | null })[];
  created_at: Date;
  delivered: bigint;
  given_up: bigint;
  failing_since: Date | null;
  last_error: string;
  last_delivered_at: Date | null;
}

export const fromRowWebhook = (row: WebhookDbRow): Webhook => ({
  id: row.webhook_id,
  organizationId: row.organization_id,
  url: row.url,
  eventTypes: row.event_types,
  status: row.status,
  secrets: row.secrets.map(({ until, ...secret }) => ({
    ...secret,
    until: until === null ? undefined : new Date(until),
  })),
  createdAt: row.created_at,
  delivered: row.delivered,
  givenUp: row.given_up,
  failingSince: row.failing_since ?? undefined,
  lastError: row.last_error,
  lastDeliveredAt: row.last_delivered_at ?? undefined,
});

/** In the order of the table's columns. */
export const toRowWebhook = (webhook: Webhook): unknown[] => [
  ...[webhook.id, webhook.organizationId, webhook.url, webhook.eventTypes, webhook.status],
  JSON.stringify(webhook.secrets.map((secret) => ({ ...secret, until: secret.until ?? null }))),
  ...[webhook.createdAt, webhook.delivered, webhook.givenUp, webhook.failingSince ?? null],
  ...[webhook.lastError, webhook.lastDeliveredAt ?? null],
];
