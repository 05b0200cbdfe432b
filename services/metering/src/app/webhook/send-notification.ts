import { type Clock, Deadline } from '@gatehouse/kernel';
import type { AttemptOutcome } from '../../domain/webhook/after-attempt';
import type { Webhook } from '../../domain/webhook/webhook';
import type { Notification, WebhookSecrets, WebhookSender } from './webhook.ports';

export interface NotificationParts {
  readonly secrets: WebhookSecrets;
  readonly sender: WebhookSender;
  readonly clock: Clock;
}

/** More than a sender takes for itself, and less than what is handed out is kept for. */
const WITHIN_MS = 20_000;
const UNANSWERED: AttemptOutcome = { kind: 'failed', error: 'no answer within twenty seconds', gone: false };

/**
 * Signs and sends once, as Standard Webhooks has it. What cannot be signed has failed as what was not answered has. Ends when it is aborted and at its
 * time, whatever has become of either: nobody's place rests on a receiver's manners.
 */
export const sendNotification = async (
  parts: NotificationParts,
  webhook: Webhook,
  notification: Notification,
  aborted: AbortSignal,
): Promise<AttemptOutcome> => {
  if (aborted.aborted) return UNANSWERED;
  const deadline = new Deadline(WITHIN_MS, aborted);
  const { signal } = deadline;
  const over = new Promise<AttemptOutcome>((resolve) =>
    signal.addEventListener('abort', () => resolve(UNANSWERED)),
  );
  try {
    return await Promise.race([signAndSend(parts, webhook, notification, signal), over]);
  } finally {
    deadline.cancel();
  }
};

const signAndSend = async (
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
