import type { WebhookId } from '@gatehouse/kernel';

export interface WebhookAdded {
  readonly type: 'WebhookAdded';
  readonly webhookId: WebhookId;
  /** Scheme, host and port: a path may be a secret. */
  readonly origin: string;
  /** Empty: all. */
  readonly eventTypes: readonly string[];
}

export interface WebhookRemoved {
  readonly type: 'WebhookRemoved';
  readonly webhookId: WebhookId;
}

export interface WebhookSecretRotated {
  readonly type: 'WebhookSecretRotated';
  readonly webhookId: WebhookId;
  readonly secretVersion: number;
  readonly previousUntil: Date;
}

/** Nothing is sent to it any more: it has failed for long, or said that it is gone. */
export interface WebhookDisabled {
  readonly type: 'WebhookDisabled';
  readonly webhookId: WebhookId;
  readonly failingSince: Date;
  readonly lastError: string;
}

/** It has answered a test. */
export interface WebhookEnabled {
  readonly type: 'WebhookEnabled';
  readonly webhookId: WebhookId;
}

/** Stream `webhook-{id}`. */
export type WebhookEvent =
  WebhookAdded | WebhookRemoved | WebhookSecretRotated | WebhookDisabled | WebhookEnabled;
