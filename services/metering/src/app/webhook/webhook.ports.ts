import type { EventId, OrganizationId, PageRequest, WebhookId } from '@gatehouse/kernel';
import type { AttemptOutcome } from '../../domain/webhook/after-attempt';
import type { Webhook, WebhookDecided } from '../../domain/webhook/webhook';

/** What a receiver is sent, always under the same id. */
export interface Notification {
  readonly eventId: EventId;
  /** JSON. */
  readonly body: string;
}

/** A notification on its way to one receiver. */
export interface Delivery extends Notification {
  readonly webhook: Webhook;
  /** With the one that it was handed out for. */
  readonly attempts: number;
}

export interface ListedWebhook {
  readonly webhook: Webhook;
  /** Notifications that wait to be sent, or sent again. */
  readonly waiting: number;
}

export abstract class Webhooks {
  /** Those that are not removed, by their ids. */
  abstract list(
    organizationId: OrganizationId,
    page: PageRequest<WebhookId>,
  ): Promise<readonly ListedWebhook[]>;
  abstract find(organizationId: OrganizationId, id: WebhookId): Promise<Webhook | undefined>;
  abstract waiting(id: WebhookId): Promise<ListedWebhook['waiting']>;
  /**
   * Decides with the webhook locked, and keeps what was decided with its events. Of what is decided of no webhook the organization's others
   * do not change meanwhile.
   */
  abstract change(
    organizationId: OrganizationId,
    id: WebhookId,
    decide: (known: Webhook | undefined, others: number) => WebhookDecided,
  ): Promise<Webhook>;
  /** Hands out what is due, one notification of a webhook at a time; who does not come back with them within half a minute loses them to others. */
  abstract claim(atMost: number, except: readonly WebhookId[]): Promise<readonly Delivery[]>;
  /** It was not sent after all. */
  abstract giveBack(delivery: Delivery): Promise<void>;
  /** Keeps how it went; nothing where the webhook was removed meanwhile. */
  abstract attempted(delivery: Delivery, outcome: AttemptOutcome): Promise<void>;
}

/** What a secret is of, and where alone it may be used. */
export interface SecretPlace {
  readonly organizationId: OrganizationId;
  readonly webhookId: WebhookId;
  readonly version: number;
  readonly url: string;
}

/** Secrets of webhooks, which are kept sealed. */
export abstract class WebhookSecrets {
  abstract make(place: SecretPlace): Promise<{ readonly secret: string; readonly sealed: unknown }>;
  /** What `make` has made. */
  abstract open(sealed: unknown, url: string): Promise<string>;
  /** `webhook-signature` of what is sent now, by each secret that is in use. */
  abstract sign(webhook: Webhook, notification: Notification, now: Date): Promise<string>;
}

export abstract class WebhookSender {
  /** Judges a URL and where it leads now: INVALID with the violation where it may not be called. */
  abstract judge(url: string): Promise<void>;
  /** Never rejects but when aborted. */
  abstract send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<AttemptOutcome>;
}
