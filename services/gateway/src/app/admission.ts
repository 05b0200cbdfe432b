import type { Clock } from '@gatehouse/kernel';
import {
  type Amounts,
  type Denial,
  Hold,
  type HoldOutcome,
  type HoldRequest,
  type LimitState,
  remainingOf,
} from '@gatehouse/leases';
import { secondsUntil } from '../domain/limit-headers';
import { Refusal } from '../domain/refusal';
import type { ClientAnswer, Ledger, Waiting } from './gateway.ports';

/** The client went away while it waited: there is nobody to answer. */
export class ClientGone extends Error {}

/** Gets room for a request, or refuses it. */
export class Admission {
  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {}

  /**
   * Room at once where the gateway's leases have it; nobody is asked then.
   *
   * Errors of what it promises: Refusal `budget_exceeded`, `rate_limit_exceeded`, `request_exceeds_limit`, `model_unpriced`,
   * `provision_expired`, `limits_unavailable`; ClientGone.
   */
  admit(request: HoldRequest, waitMs: number, client: ClientAnswer): Hold | Promise<Hold> {
    const acquired = this.ledger.acquire(request, waitMs);
    return acquired instanceof Hold ? acquired : this.wait(acquired, request, client);
  }

  private async wait(
    { outcome, withdraw }: Waiting,
    { least }: HoldRequest,
    client: ClientAnswer,
  ): Promise<Hold> {
    client.onLeft = withdraw;
    const ended = await outcome;
    client.onLeft = undefined;
    if (client.left) {
      if (ended.kind === 'held') this.ledger.giveBack(ended.hold);
      throw new ClientGone();
    }
    if (ended.kind === 'held') return ended.hold;
    throw this.refusal(ended, least);
  }

  private refusal(outcome: Exclude<HoldOutcome, { kind: 'held' }>, least: Amounts): Refusal {
    switch (outcome.kind) {
      case 'expired': {
        const message = 'This provider is not provisioned to this workspace any more.';
        return new Refusal('provision_expired', message, { param: 'model' });
      }
      case 'unavailable': {
        const message = 'The limits of this request cannot be checked just now.';
        return new Refusal('limits_unavailable', message, { retryAfterSeconds: 1 });
      }
      case 'denied':
        return this.denied(outcome, least);
    }
  }

  private denied({ reason, limit }: Denial, least: Amounts): Refusal {
    if (limit && neverFits(limit, least)) return exceeds(limit);
    const witness = limit && { limit };
    switch (reason) {
      case 'unpriced': {
        const message = 'The price of this model is unknown, and a budget in USD applies.';
        return new Refusal('model_unpriced', message, { param: 'model', ...witness });
      }
      case 'budget': {
        const message = `${ofLimit(limit)} does not leave room for this request.`;
        return new Refusal('budget_exceeded', message, { ...witness });
      }
      case 'rate':
        return new Refusal('rate_limit_exceeded', `${ofLimit(limit)} is used up for now.`, {
          ...witness,
          retryAfterSeconds: limit?.resetsAt ? secondsUntil(limit.resetsAt, this.clock.now()) : 1,
        });
    }
  }
}

const SCOPE_WORDS: Readonly<Record<LimitState['scope'], string>> = {
  provision: 'the provision',
  workspace: 'the workspace',
  apiKey: 'the api key',
  integration: 'the integration',
  organization: 'the organization',
  workspaceKey: 'each key of the workspace',
};

/**
 * Whether the whole of a limit is less than what a request needs at the least: no waiting helps. Of one that is used up, that
 * is what is told.
 */
const neverFits = (limit: LimitState, least: Amounts): boolean =>
  least[limit.unit] > limit.limit && remainingOf(limit) > 0n;

const exceeds = (limit: LimitState): Refusal =>
  new Refusal('request_exceeds_limit', `${ofLimit(limit)} is smaller than this request can come to.`, {
    limit,
  });

const ofLimit = (limit: LimitState | undefined): string => {
  const kind = limit?.kind === 'rate' ? 'rate limit' : 'budget';
  return limit ? `The ${kind} ${limit.id} of ${SCOPE_WORDS[limit.scope]}` : `A ${kind}`;
};
