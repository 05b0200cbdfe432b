import { type Caller, fromProtoPage, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import { type Ids, type Page, webhookId, type WebhookId } from '@gatehouse/kernel';
import { metadataOf, organizationOf } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import { AddWebhookCommand, type WebhookWithSecret } from '../../app/webhook/add-webhook.handler';
import { ListWebhooksQuery } from '../../app/webhook/list-webhooks.handler';
import { RemoveWebhookCommand } from '../../app/webhook/remove-webhook.handler';
import { RotateWebhookSecretCommand } from '../../app/webhook/rotate-webhook-secret.handler';
import { TestWebhookCommand } from '../../app/webhook/test-webhook.handler';
import type { ListedWebhook } from '../../app/webhook/webhook.ports';
import type { AttemptOutcome } from '../../domain/webhook/after-attempt';
import { isWebhookEventType } from '../../domain/webhook/notified-events';
import type { Webhook } from '../../domain/webhook/webhook';
import { idCursors } from './id-cursors';

const PAGING = { max: 100, fallback: 50, cursors: idCursors(webhookId) };
const URL_LENGTH = { min: 1, max: 2_048 };

export const fromProtoAddWebhook = (
  request: meteringV1.AddWebhookRequest,
  caller: Caller,
  ids: Ids,
): AddWebhookCommand => {
  const checks = new RequestChecks();
  const { requestId, reason } = checks.command(request);
  const url = checks.text('url', request.url, URL_LENGTH);
  const eventTypes = request.eventTypes.filter(isWebhookEventType);
  if (eventTypes.length < request.eventTypes.length) checks.fault('event_types', 'must be known types');
  checks.done();
  const organizationId = organizationOf(caller);
  const asked = askedBy(caller, { requestId, reason }, 'AddWebhook');
  const id = ids.derive('whk', organizationId, requestId) as WebhookId;
  return new AddWebhookCommand({
    ...{ id, organizationId, url, asked },
    eventTypes: [...new Set(eventTypes)],
  });
};

export const fromProtoRemoveWebhook = (
  request: meteringV1.RemoveWebhookRequest,
  caller: Caller,
): RemoveWebhookCommand => {
  const { id, command } = commandOn(request);
  return new RemoveWebhookCommand(organizationOf(caller), id, askedBy(caller, command, 'RemoveWebhook'));
};

export const fromProtoRotateWebhookSecret = (
  request: meteringV1.RotateWebhookSecretRequest,
  caller: Caller,
): RotateWebhookSecretCommand => {
  const { id, command } = commandOn(request);
  const asked = askedBy(caller, command, 'RotateWebhookSecret');
  return new RotateWebhookSecretCommand(organizationOf(caller), id, asked);
};

export const fromProtoTestWebhook = (
  request: meteringV1.TestWebhookRequest,
  caller: Caller,
): TestWebhookCommand => {
  const checks = new RequestChecks();
  const id = checks.parse('webhook_id', 'must be the id of a webhook', () => webhookId(request.webhookId));
  checks.done();
  // It is used only after `done`, which throws where there was a fault.
  return new TestWebhookCommand(organizationOf(caller), id as WebhookId);
};

export const fromProtoListWebhooks = (
  request: meteringV1.ListWebhooksRequest,
  caller: Caller,
): ListWebhooksQuery => new ListWebhooksQuery(organizationOf(caller), fromProtoPage(request, PAGING));

const commandOn = (
  request: meteringV1.RemoveWebhookRequest | meteringV1.RotateWebhookSecretRequest,
): { readonly id: WebhookId; readonly command: { readonly requestId: string; readonly reason: string } } => {
  const checks = new RequestChecks();
  const command = checks.command(request);
  const id = checks.parse('webhook_id', 'must be the id of a webhook', () => webhookId(request.webhookId));
  checks.done();
  return { id: id as WebhookId, command };
};

const askedBy = (
  caller: Caller,
  { requestId, reason }: { readonly requestId: string; readonly reason: string },
  command: string,
) => {
  const { actor } = metadataOf({
    caller,
    organizationId: organizationOf(caller),
    requestId,
    reason,
    command,
  });
  return { actor, reason, requestId, command };
};

export const toProtoWebhooks = ({
  items,
  next,
}: Page<ListedWebhook, WebhookId>): meteringV1.ListWebhooksResponse => ({
  webhooks: items.map(({ webhook, waiting }) => toProtoWebhook(webhook, waiting)),
  nextPageToken: toProtoPageToken(next, PAGING),
});

export const toProtoWebhookWithSecret = ({
  webhook,
  waiting,
  secret,
}: WebhookWithSecret): meteringV1.AddWebhookResponse & meteringV1.RotateWebhookSecretResponse => ({
  webhook: toProtoWebhook(webhook, waiting),
  secret,
});

export const toProtoTested = (outcome: AttemptOutcome): meteringV1.TestWebhookResponse =>
  outcome.kind === 'taken' ? { delivered: true, error: '' } : { delivered: false, error: outcome.error };

const toProtoWebhook = (webhook: Webhook, waiting: number): meteringV1.Webhook => ({
  webhookId: webhook.id,
  url: webhook.url,
  eventTypes: [...webhook.eventTypes],
  state: webhook.status === 'enabled' ? meteringV1.WebhookState.ENABLED : meteringV1.WebhookState.DISABLED,
  createdAt: webhook.createdAt,
  secretVersion: webhook.secrets[0]?.version ?? 0,
  delivered: webhook.delivered,
  waiting: BigInt(waiting),
  givenUp: webhook.givenUp,
  failingSince: webhook.failingSince,
  lastError: webhook.lastError,
  lastDeliveredAt: webhook.lastDeliveredAt,
});
