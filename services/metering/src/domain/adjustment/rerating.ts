import { deriveEventId, type ReratingId } from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import type { Asked, PendingEvent } from '../lease/lease.events';
import type { RerateTally } from './rerate-tally';
import type { RerateTerms } from './rerate-terms';

/** By integration and model; what is not here is unpriced. */
export type ModelPrices = ReadonlyMap<string, ReadonlyMap<string, Prices>>;

/** Of somebody else, for what limits have spent to be lowered: not wanted, wanted and not there, or given for so much in all, nano-USD. */
export type ReratingApproval =
  { readonly kind: 'needless' | 'wanted' } | { readonly kind: 'given'; readonly lowersMax: bigint };

/** What is asked for, with the prices of then. */
export interface WantedRerating {
  readonly id: ReratingId;
  readonly terms: RerateTerms;
  readonly priceBookVersion: bigint;
  readonly prices: ModelPrices;
  readonly asked: Asked;
}

/** A rerating, and how far it is. */
export interface Rerating extends WantedRerating {
  /** `proposed`: it waits for a second admin. `failed`: it was given up; what was rated by then stays so. */
  readonly status: 'proposed' | 'running' | 'done' | 'failed';
  readonly approval: ReratingApproval;
  /** By how much it has lowered what limits have spent: of each attempt the most of one limit. */
  readonly lowered: bigint;
  readonly batches: number;
  /** How often its next batch has failed, in a row. */
  readonly failures: number;
  /** Not before then; undefined: at once. */
  readonly retryAt: Date | undefined;
  readonly tally: RerateTally;
  readonly askedAt: Date;
  readonly endedAt: Date | undefined;
}

export const reratingBegun = ({
  id,
  terms: { organizationId, ...terms },
  priceBookVersion,
  asked,
}: WantedRerating): PendingEvent => ({
  id: deriveEventId('UsageReratingBegun', id),
  organizationId,
  asked,
  event: { type: 'UsageReratingBegun', reratingId: id, terms, priceBookVersion },
});

export const reratingEnded = (
  {
    id,
    terms,
    asked,
  }: Pick<WantedRerating, 'id' | 'asked'> & { readonly terms: Pick<RerateTerms, 'organizationId'> },
  tally: RerateTally,
  failed?: 'failed',
): PendingEvent => ({
  id: deriveEventId('UsageReratingEnded', id),
  organizationId: terms.organizationId,
  asked,
  event: { type: 'UsageReratingEnded', reratingId: id, tally, ...(failed && { failed: true }) },
});

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 600_000;
/** In a row: for more than an hour. */
const FAILURES_MAX = 18;

/**
 * How long a rerating waits whose batch has failed so often in a row, at least once, in milliseconds: twice as long each time, 10 minutes at
 * most. Undefined: it is given up.
 */
export const retryAfterMs = (failures: number): number | undefined =>
  failures < FAILURES_MAX ? Math.min(RETRY_MS * 2 ** (failures - 1), RETRY_MS_MAX) : undefined;
