import { EVENTS } from '@gatehouse/events';
import type { WebhookId } from '@gatehouse/kernel';
import type { WebhookEvent } from '../../domain/webhook/webhook.events';

export const webhookEventCodec = EVENTS.codec<WebhookEvent>({
  WebhookAdded: {
    toMessage: ({ webhookId, origin, eventTypes }) => ({ webhookId, origin, eventTypes: [...eventTypes] }),
    fromMessage: ({ webhookId, origin, eventTypes }) => ({
      webhookId: webhookId as WebhookId,
      origin,
      eventTypes,
    }),
  },
  WebhookRemoved: {
    toMessage: (event) => event,
    fromMessage: ({ webhookId }) => ({ webhookId: webhookId as WebhookId }),
  },
  WebhookSecretRotated: {
    toMessage: (event) => event,
    fromMessage: ({ webhookId, secretVersion, previousUntil }) => {
      if (!previousUntil) throw new Error('WebhookSecretRotated without the end of the one before');
      return { webhookId: webhookId as WebhookId, secretVersion, previousUntil };
    },
  },
  WebhookDisabled: {
    toMessage: (event) => event,
    fromMessage: ({ webhookId, failingSince, lastError }) => {
      if (!failingSince) throw new Error('WebhookDisabled without its time');
      return { webhookId: webhookId as WebhookId, failingSince, lastError };
    },
  },
  WebhookEnabled: {
    toMessage: (event) => event,
    fromMessage: ({ webhookId }) => ({ webhookId: webhookId as WebhookId }),
  },
});
