import type { Clock } from '@gatehouse/kernel';
import type { AttemptOutcome } from '../../domain/webhook/after-attempt';
import type { Webhook } from '../../domain/webhook/webhook';
import type { Notification, WebhookSecrets, WebhookSender } from './webhook.ports';

export interface NotificationParts {
  readonly secrets: WebhookSecrets;
  readonly sender: WebhookSender;
  readonly clock: Clock;
}

/** Signs and sends once, as Standard Webhooks has it. What cannot be signed has failed as what was not answered has. */
export const sendNotification = async (
  { secrets, sender, clock }: NotificationParts,
  webhook: Webhook,
  notification: Notification,
  signal: AbortSignal,
): Promise<AttemptOutcome> => {
  const now = clock.now();
  let signature: string;
  try {
    signature = await secrets.sign(webhook, notification, now);
  } catch {
    return { kind: 'failed', error: 'its secret does not open', gone: false };
  }
  const headers = {
    'webhook-id': notification.eventId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signature,
  };
  return sender.send(webhook.url, headers, notification.body, signal);
};
