import type { Clock } from '@gatehouse/kernel';
import type { Hold } from '@gatehouse/leases';
import { type Bound, boundAt, perChoiceWithin, type Plan } from '../domain/bound';
import type { Dialect } from '../domain/dialects/dialect';
import type { AnswerSeen, Experience, Pace, PromptSeen } from '../domain/experience';
import { GeneratedText } from '../domain/generated-text';
import { tellLimits } from '../domain/limit-headers';
import type { OutputLimit } from '../domain/output-limit';
import { DIALECTS } from '../domain/passages';
import type { AnswerReader, Destination, Outgoing } from '../domain/passages/passage';
import type { Refusal } from '../domain/refusal';
import { Secrets } from '../domain/secrets';
import type { Ending } from '../domain/settlement';
import type { Surface } from '../domain/surfaces/surface';
import type { HeardOfProvider, UsageRecord } from '../domain/usage-record';
import type { Way } from '../domain/way';
import type { ClientCall } from './client-call';
import type { ClientAnswer, Proof, ProvenRequest, UpstreamRequest } from './gateway.ports';
import type { CallParts } from './call-parts';
import type { Outcome, ProviderCall, ProviderCallOptions, SecondTry } from './provider-call';

/** Which attempt of a request it is, and why there is a second. */
export interface Try {
  readonly number: 1 | 2;
  readonly because?: SecondTry;
  /** What it was to be sent under ran out before it was. */
  readonly late?: true;
}

/** What is decided of an attempt before anything is held for it. */
export interface Planned {
  readonly call: ClientCall;
  readonly tried: Try;
  readonly way: Way;
  /** With the model. */
  readonly experience: Experience;
  /** Absent where nothing is generated. */
  readonly limit: OutputLimit | undefined;
  readonly plan: Plan;
  /** Of all that is wanted. */
  readonly widest: Bound;
  /** What goes out where all that is wanted is granted, as far as it is known. */
  readonly outgoing: Outgoing | undefined;
}

/** How an attempt ended, and what it is charged by. */
export interface Ended {
  readonly outcome: Outcome;
  readonly ending: () => Ending;
  readonly heard: HeardOfProvider;
  readonly seen: AnswerSeen;
}

/** Who makes attempts, and hears what becomes of them. */
export interface AttemptMaker {
  readonly parts: CallParts;
  /** It has come to its end. @param goOn ends the answer, once the journal has what it cost. */
  ended(attempt: GovernedAttempt, ended: Ended, goOn: () => void): void;
  /** It was settled, and its request is to be sent once more. */
  tryAgain(attempt: GovernedAttempt, because: SecondTry): void;
}

/** A request as it is to leave, and as it is proven. */
export type OutgoingRequest = UpstreamRequest & ProvenRequest & { readonly headers: Record<string, string> };

const NOTHING_SECRET = new Secrets([]);
const NO_LEASES: readonly bigint[] = [];

/** One attempt to call a provider, once there is room for it: what was decided of it, and what its call asks of it. */
export class GovernedAttempt implements ProviderCallOptions {
  /** Of the request: what it is held at. */
  readonly bound: Bound;
  /** As it stands until it is settled: at its full bound, all of it in doubt. */
  readonly record: UsageRecord;
  /** Where what the model writes is kept; absent where its tokens cannot be counted. */
  readonly written: GeneratedText | undefined;
  readonly answer: AnswerReader;
  /** Its call, once it was sent. */
  sent: ProviderCall | undefined;
  /** None until the credential was opened. */
  secrets = NOTHING_SECRET;
  /** Of whatever is answered: limits come to it when it is sent. */
  headers: Record<string, string> = {};
  private readonly outgoing: Outgoing;

  /**
   * Throws Refusal `unsupported_parameter` for what the provider's language has no words for.
   *
   * @param hold absent where no limit applies.
   */
  constructor(
    readonly planned: Planned,
    readonly hold: Hold | undefined,
    private readonly maker: AttemptMaker,
  ) {
    const { plan, widest, outgoing, call, way, limit } = planned;
    const perChoice = hold ? perChoiceWithin(plan, hold.cap) : plan.perChoiceMax;
    const isWidest = perChoice === plan.perChoiceMax;
    this.outgoing = isWidest && outgoing ? outgoing : outgoingAt(planned, perChoice);
    this.bound = isWidest ? widest : boundAt(plan, perChoice);
    if (limit && limit.tokens === undefined) this.headers['x-gatehouse-output-limit'] = String(perChoice);
    if (this.outgoing.dropped) tellDropped(this.headers, this.outgoing.dropped);
    this.record = this.recordAtBound();
    this.written = way.route.model.tokenizer ? new GeneratedText() : undefined;
    this.answer = way.passage.answer(call.ask, way.callee, {
      requestId: call.requestId,
      askedAt: this.record.admittedAt,
      written: this.written,
    });
  }

  get call(): ClientCall {
    return this.planned.call;
  }

  get way(): Way {
    return this.planned.way;
  }

  get plan(): Plan {
    return this.planned.plan;
  }

  get experience(): Experience {
    return this.planned.experience;
  }

  get number(): 1 | 2 {
    return this.planned.tried.number;
  }

  get client(): ClientAnswer {
    return this.call.client;
  }

  get clock(): Clock {
    return this.maker.parts.clock;
  }

  get choices(): number {
    return this.call.ask.demand.output?.choices ?? 1;
  }

  get stream(): boolean {
    return this.call.ask.stream;
  }

  get surface(): Surface {
    return this.call.surface;
  }

  get usageAsked(): boolean {
    return this.call.ask.usageAsked;
  }

  get hasPrompt(): boolean {
    const { billed, prompt } = this.call.ask.demand;
    return billed && prompt.bytes > 0;
  }

  get dialect(): Dialect {
    return this.way.dialect;
  }

  get cancelledBilledInFull(): boolean {
    return this.way.callee.quirks.cancelledBilledInFull;
  }

  get reasons(): boolean {
    return this.way.route.model.reasons ?? false;
  }

  get answerBytesMax(): number {
    return this.maker.parts.settings.answerBytesMax;
  }

  get deadlineMs(): number {
    return this.maker.parts.settings.requestDeadlineMs;
  }

  get mayTryAgain(): boolean {
    return this.number === 1;
  }

  get refuse(): (refusal: Refusal) => void {
    return this.call.refuse;
  }

  /** Looked at just before the provider is called: the process may have been stopped since the grant. */
  get isLate(): boolean {
    return this.hold !== undefined && this.clock.monotonicMs() >= this.hold.admitUntil;
  }

  /** What of its prompt answers teach, and are charged by. */
  get prompt(): PromptSeen {
    const { textTokens } = this.plan;
    return { textTokens, templateTokens: this.way.route.model.templateTokens ?? 0 };
  }

  /** Without the proof of whose it is. It is not kept: the proof comes to it. */
  request(): OutgoingRequest {
    const { way, call, planned, outgoing } = this;
    const { path, url } = way.placeOf(outgoing.operation);
    return {
      baseUrl: way.baseUrl,
      path,
      url,
      headers: requestHeaders(call, way.dialect, this.number),
      body: outgoing.body,
      ownConnection: planned.tried.because === 'connectionReset',
    };
  }

  /**
   * It is about to be sent: what must not be seen of its proof is known from now on, and where its limits stand is told.
   *
   * @param now monotonic milliseconds.
   */
  prove(proof: Proof, request: OutgoingRequest, now: number): void {
    this.secrets = new Secrets(proof.secrets);
    for (const name of Object.keys(proof.headers))
      if (!isOwn(name, this.call)) request.headers[name] = proof.headers[name] as string;
    if (this.hold) tellLimits(this.headers, this.hold.limits(now), this.clock.now());
  }

  answered(status: number): void {
    this.maker.parts.health.observe(this.way.route.integration, status);
  }

  pace(): Pace {
    return this.experience.pace(this.way.callee.quirks.tokensPerSecondMax);
  }

  settle(
    outcome: Outcome,
    ending: () => Ending,
    heard: HeardOfProvider,
    seen: AnswerSeen,
    goOn: () => void,
  ): void {
    this.maker.ended(this, { outcome, ending, heard, seen }, goOn);
  }

  tryAgain(because: SecondTry): void {
    this.maker.tryAgain(this, because);
  }

  /** Whether a server refuses the question for the usage of a stream, which the gateway put to it and the client did not. */
  refusesOurs(status: number, body: Buffer): boolean {
    return (
      REFUSED_PARAMETER.has(status) &&
      this.stream &&
      this.way.callee.quirks.streamOptions &&
      !this.call.ask.members.has('stream_options') &&
      body.includes('stream_options')
    );
  }

  /** Field by field, as `charged` makes those that follow. */
  private recordAtBound(): UsageRecord {
    const { call, way, hold, bound } = this;
    const { provision, integration, model } = way.route;
    return {
      requestId: call.requestId,
      attempt: this.number,
      organizationId: call.key.organizationId,
      workspaceId: call.key.workspaceId,
      provisionId: provision.id,
      integrationId: integration.id,
      apiKeyId: call.key.id,
      model: model.name,
      usage: undefined,
      kinds: NO_KINDS,
      serviceTier: '',
      amount: bound.nanoUsd,
      doubt: 0n,
      estimated: true,
      outcome: 'unknown',
      admittedAt: this.clock.now(),
      settledAt: undefined,
      streamed: call.ask.stream,
      journalId: this.maker.parts.ledger.journalId,
      leases: hold ? hold.parts.map(({ lease }) => lease.number) : NO_LEASES,
      leaseOfBefore: undefined,
      inputPrice: bound.rates?.input,
      outputPrice: bound.rates?.output,
      priceBookVersion: call.configuration.shared.priceBookVersion,
      provider: integration.provider,
      told: call.told,
      heard: undefined,
    };
  }
}

const NO_KINDS: UsageRecord['kinds'] = [];

/** Throws Refusal `unsupported_parameter` for what the provider's language has no words for. */
export const outgoingAt = (
  { call, way, limit }: Pick<Planned, 'call' | 'way' | 'limit'>,
  perChoice: number,
): Outgoing => way.passage.request(call.ask, destinationOf(call, way, limit, perChoice));

const destinationOf = (
  { ask, dropUnsupported }: ClientCall,
  { callee }: Way,
  limit: OutputLimit | undefined,
  perChoice: number,
): Destination => {
  const asSent = limit === undefined || ask.demand.output?.limits.has(limit.name);
  return {
    name: callee.name,
    quirks: callee.quirks,
    deployment: callee.deployment,
    removed: limit ? limit.removed.filter((name) => ask.members.has(name)) : NO_NAMES,
    dropUnsupported,
    outputLimit: asSent ? undefined : { name: limit.name, tokens: perChoice },
  };
};

const NO_NAMES: readonly string[] = [];

/** Statuses by which servers refuse a parameter that they do not know. */
const REFUSED_PARAMETER: ReadonlySet<number> = new Set([400, 422]);

const DROPPED_CHARACTERS_MAX = 1024;

/** Says what was left out of the request. */
const tellDropped = (headers: Record<string, string>, dropped: readonly string[]): void => {
  if (dropped.length > 0)
    headers['x-gatehouse-dropped'] = dropped.join(', ').slice(0, DROPPED_CHARACTERS_MAX);
};

const MEANT_FOR_ONE: ReadonlySet<string> = new Set(
  Object.values(DIALECTS).flatMap(({ clientHeaders }) => clientHeaders),
);

/** What a dialect goes by, what its client says that means something to it, and what we say ourselves. */
const requestHeaders = (call: ClientCall, dialect: Dialect, attempt: number): Record<string, string> => {
  const headers = ownHeaders(call, attempt);
  for (const name of Object.keys(dialect.headers))
    if (!isOwn(name, call)) headers[name] = dialect.headers[name] as string;
  const { forwardedHeaders } = call;
  for (const name of Object.keys(forwardedHeaders)) {
    // Without those that mean something in another language.
    const isForOther = MEANT_FOR_ONE.has(name) && !dialect.clientHeaders.includes(name);
    if (!isForOther && !isOwn(name, call)) headers[name] = forwardedHeaders[name] as string;
  }
  return headers;
};

const ownHeaders = ({ ask, requestId, hops, trace }: ClientCall, attempt: number): Record<string, string> => {
  const own: Record<string, string> = {
    'content-type': 'application/json',
    accept: ask.stream ? 'text/event-stream' : 'application/json',
    // Usage can only be read from what is not compressed.
    'accept-encoding': 'identity',
    'user-agent': 'gatehouse',
    'x-request-id': `${requestId}.${attempt}`,
    'x-gatehouse-hops': hops,
  };
  if (trace) own['traceparent'] = trace.traceparentOf(attempt);
  return own;
};

const OWN: ReadonlySet<string> = new Set([
  ...['content-type', 'accept', 'accept-encoding', 'user-agent', 'x-request-id', 'x-gatehouse-hops'],
]);

/**
 * Whether it is ours to say: what we say of the request and its body is what we send, and nothing that was sealed with a credential
 * stands in its place. The trace is the client's where it is not sampled.
 */
const isOwn = (name: string, { trace }: ClientCall): boolean =>
  OWN.has(name) || (trace !== undefined && name === 'traceparent');
