import type { MeteringEvent } from '../lease/lease.events';

/** What receivers are told, by the names that they know. */
export const WEBHOOK_EVENT_TYPES = [
  'budget.threshold_crossed',
  'budget.exhausted',
  'budget.reset',
  'budget.period_closed',
  'budget.doubt_waived',
  'budget.recovered',
  'lease.quarantined',
  'lease.quarantine_released',
  'lease.hold_exceeded',
  'usage.adjusted',
  'usage.rerated',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

export const isWebhookEventType = (text: string): text is WebhookEventType =>
  (WEBHOOK_EVENT_TYPES as readonly string[]).includes(text);

/** As what an event is told to receivers, if at all: the one place that decides it. */
export const notifiedAs = (event: MeteringEvent): WebhookEventType | undefined => {
  switch (event.type) {
    case 'BudgetThresholdCrossed':
      return 'budget.threshold_crossed';
    case 'BudgetExhausted':
      return 'budget.exhausted';
    case 'BudgetReset':
      return 'budget.reset';
    case 'PeriodClosed':
      return 'budget.period_closed';
    case 'DoubtWaived':
      return 'budget.doubt_waived';
    case 'BudgetRecovered':
      return 'budget.recovered';
    case 'LeaseQuarantined':
      return 'lease.quarantined';
    case 'QuarantineReleased':
      return 'lease.quarantine_released';
    case 'HoldExceeded':
      return 'lease.hold_exceeded';
    case 'UsageAdjusted':
      return 'usage.adjusted';
    case 'UsageReratingEnded':
      return 'usage.rerated';
    case 'UsageReratingBegun':
    case 'UsageRerated':
      return undefined;
    case 'WebhookAdded':
    case 'WebhookRemoved':
    case 'WebhookSecretRotated':
    case 'WebhookDisabled':
    case 'WebhookEnabled':
      return undefined;
  }
};
