import type { Clock, OrganizationId } from '@gatehouse/kernel';
import type { Amounts } from '../domain/bound';
import { secondsUntil } from '../domain/limit-headers';
import { type LimitWitness, Refusal, remainingOf } from '../domain/refusal';
import type { AskAnswer, Lease, Ledger, LimitScope } from './gateway.ports';
import { type Place, WaitLines } from './wait-lines';

export interface AdmissionRequest {
  readonly requestId: string;
  readonly organizationId: OrganizationId;
  /** Not empty. */
  readonly scopes: readonly LimitScope[];
  readonly want: Amounts;
  readonly least: Amounts;
  /** How long to wait for holds in flight, in milliseconds. */
  readonly waitMs: number;
  readonly left: () => boolean;
}

/** The client went away while it waited: there is nobody to answer. */
export class ClientGone extends Error {}

/** How long a request waits for metering to come back, or to hear of a new limit. */
const UNAVAILABLE_WAIT_MS = 500;

/**
 * Gets a lease for a request, or refuses it. What does not fit now but would once the holds in flight have settled
 * waits in order, so that nobody who came later is served first.
 */
export class Admission {
  private readonly lines: WaitLines;
  private asks = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {
    this.lines = new WaitLines(clock);
    ledger.onRoom((scopeIds) => this.lines.room(scopeIds));
  }

  /**
   * Errors: Refusal `budget_exceeded`, `rate_limit_exceeded`, `model_unpriced`, `provision_expired`, `limits_unavailable`;
   * ClientGone.
   */
  async admit(request: AdmissionRequest): Promise<Lease> {
    const startedAt = this.clock.monotonicMs();
    const deadline = startedAt + request.waitMs;
    const busy = this.lines.busy(request.scopes.map(({ id }) => id));
    let place = busy === undefined ? undefined : this.lines.join(busy);
    try {
      for (;;) {
        if (place) await place.turn(deadline);
        if (request.left()) throw new ClientGone();
        const last = this.clock.monotonicMs() >= deadline;
        const answer = await this.ask(request);
        if (answer.kind === 'granted') return answer.lease;
        const waitFor = this.worthWaiting(answer, request, startedAt);
        if (waitFor === undefined || last) throw this.refusal(answer, request);
        place = this.standIn(waitFor, place);
      }
    } finally {
      place?.leave();
    }
  }

  private ask(request: AdmissionRequest): Promise<AskAnswer> {
    const { requestId, organizationId, scopes, want, least } = request;
    return this.ledger.ask({ askId: `${requestId}/${++this.asks}`, organizationId, scopes, want, least });
  }

  /** The scope to wait for; undefined when waiting is of no use. */
  private worthWaiting(
    answer: Exclude<AskAnswer, { kind: 'granted' }>,
    request: AdmissionRequest,
    startedAt: number,
  ): string | undefined {
    const anyScope = request.scopes[0]?.id;
    switch (answer.kind) {
      case 'denied':
        return answer.mayFitLater && !neverFits(answer.limit, request.least)
          ? (answer.limit?.scopeId ?? anyScope)
          : undefined;
      case 'expired':
        return undefined;
      case 'notSeen':
      case 'unavailable':
        return this.clock.monotonicMs() - startedAt < UNAVAILABLE_WAIT_MS ? anyScope : undefined;
    }
  }

  private standIn(scopeId: string, place: Place | undefined): Place {
    if (place?.scopeId === scopeId) return place;
    place?.leave();
    return this.lines.join(scopeId);
  }

  private refusal(
    answer: Exclude<AskAnswer, { kind: 'granted' }>,
    { least }: Pick<AdmissionRequest, 'least'>,
  ): Refusal {
    if (answer.kind === 'expired') {
      return new Refusal(
        'provision_expired',
        'This provider is not provisioned to this workspace any more.',
        {
          param: 'model',
        },
      );
    }
    if (answer.kind !== 'denied') {
      const message = 'The limits of this request cannot be checked just now.';
      return new Refusal('limits_unavailable', message, { retryAfterSeconds: 1 });
    }
    const { reason, limit } = answer;
    if (limit && neverFits(limit, least)) return exceeds(limit);
    switch (reason) {
      case 'unpriced':
        return new Refusal(
          'model_unpriced',
          'The price of this model is unknown, and a budget in USD applies.',
          {
            param: 'model',
            ...(limit && { limit }),
          },
        );
      case 'budget':
        return new Refusal('budget_exceeded', `${ofLimit(limit)} does not leave room for this request.`, {
          ...(limit && { limit }),
        });
      case 'rate':
        return new Refusal('rate_limit_exceeded', `${ofLimit(limit)} is used up for now.`, {
          ...(limit && { limit }),
          retryAfterSeconds: limit?.resetsAt ? secondsUntil(limit.resetsAt, this.clock.now()) : 1,
        });
    }
  }
}

const SCOPE_WORDS: Readonly<Record<LimitWitness['scope'], string>> = {
  provision: 'the provision',
  workspace: 'the workspace',
  api_key: 'the api key',
  integration: 'the integration',
  organization: 'the organization',
  workspace_key: 'each key of the workspace',
};

/**
 * Whether the whole of a limit is less than what a request needs at the least: no waiting helps. Of one that is used up, that
 * is what is told.
 */
const neverFits = (limit: LimitWitness | undefined, least: Amounts): boolean =>
  limit !== undefined && neededOf(least, limit.unit) > limit.limit && remainingOf(limit) > 0n;

const neededOf = ({ nanoUsd, tokens, requests }: Amounts, unit: LimitWitness['unit']): bigint => {
  switch (unit) {
    case 'nano_usd':
      return nanoUsd;
    case 'tokens':
      return tokens;
    case 'requests':
      return requests;
  }
};

const exceeds = (limit: LimitWitness): Refusal =>
  new Refusal('request_exceeds_limit', `${ofLimit(limit)} is smaller than this request can come to.`, {
    limit,
  });

const ofLimit = (limit: LimitWitness | undefined): string => {
  const kind = limit?.kind === 'rate_limit' ? 'rate limit' : 'budget';
  return limit ? `The ${kind} ${limit.id} of ${SCOPE_WORDS[limit.scope]}` : `A ${kind}`;
};
