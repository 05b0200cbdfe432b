import { createHash } from 'node:crypto';
import { type ApiKeyId, limitId, type LimitId } from './ids';
import type { NanoUsd } from './money';

/**
 * The most that a limit lets be spent, raised or not. Below the largest int64 by what may be in flight beyond a limit that
 * was lowered: sums stay on the wire.
 */
export const LIMIT_AMOUNT_MAX = 9_000_000_000_000_000_000n;

export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Where days begin at midnight; absent: UTC. An IANA name. */
interface Zoned {
  readonly timeZone?: string;
}

/** When a budget starts anew: periods begin at midnight, weeks on Sunday where nothing else is said, months on the 1st. */
export type ResetRule =
  | { readonly period: 'never' }
  | ({ readonly period: 'weekly'; readonly weekday?: Weekday } & Zoned)
  | ({ readonly period: 'monthly' } & Zoned)
  | ({ readonly period: 'days'; readonly everyDays: number } & Zoned);

/** Whether it is the name of a time zone, e.g. `Europe/Berlin`: an offset is none, it knows no summer. */
export const isTimeZone = (name: string): boolean => {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export type RateWindow = 'minute' | 'hour' | 'day';

/** At which shares of a budget somebody is told, in percent: each 1 … 100, rising. Empty: at none. */
export type Alerts = readonly number[];

/** Of budgets that say nothing of it. */
export const ALERTS_BY_DEFAULT: Alerts = [50, 80, 90, 100];

/** What people call a limit, where they do: it bounds nothing. */
interface NamedLimit {
  readonly name?: string;
}

/** What a limit bounds, without its identity. */
export type LimitSpec = NamedLimit & Bounding;

type Bounding =
  | {
      readonly kind: 'budget';
      readonly unit: 'nanoUsd';
      readonly amount: NanoUsd;
      readonly reset: ResetRule;
      readonly strict: boolean;
      readonly alerts?: Alerts;
    }
  | {
      readonly kind: 'budget';
      readonly unit: 'tokens';
      readonly amount: bigint;
      readonly reset: ResetRule;
      readonly strict: boolean;
      readonly alerts?: Alerts;
    }
  | {
      readonly kind: 'rate';
      readonly unit: 'requests' | 'tokens';
      readonly amount: bigint;
      readonly window: RateWindow;
    };

/** More of a limit until a given time. */
export interface Raise {
  /** In the limit's unit, at least 1. */
  readonly more: bigint;
  readonly until: Date;
}

export type Limit = LimitSpec & { readonly id: LimitId; readonly raise?: Raise };

/** How much a limit lets be spent at a time: more while it is raised. */
export const amountAt = ({ amount, raise }: Pick<Limit, 'amount' | 'raise'>, at: Date): bigint => {
  if (!raise || raise.until <= at) return amount;
  const raised = amount + raise.more;
  return raised < LIMIT_AMOUNT_MAX ? raised : LIMIT_AMOUNT_MAX;
};

/** The id of the limit that a key has by a limit of its workspace's template: as metering derives it. */
export const keyLimitIdOf = (template: LimitId, apiKeyId: ApiKeyId): LimitId =>
  limitId(`lim_${createHash('sha256').update(`${template}/${apiKeyId}`).digest('hex').slice(0, 26)}`);

/** What limits are attached to. */
export type ScopeKind =
  | 'provision'
  | 'workspace'
  | 'apiKey'
  | 'integration'
  | 'organization'
  /** An API key, with the limits that it has by its workspace's template. */
  | 'workspaceKey';
