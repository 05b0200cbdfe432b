import { AppError, type Clock } from '@gatehouse/kernel';
import type { Ask } from '../domain/ask';
import type { Hold, LeaseScope } from '@gatehouse/leases';
import {
  amountsOf,
  type Bound,
  boundAt,
  type OutputSettings,
  perChoiceWithin,
  type Plan,
  planFor,
} from '../domain/bound';
import type { Configuration, Key } from '../domain/configuration';
import type { Dialect } from '../domain/dialects/dialect';
import type { AnswerSeen, Experience, Experiences, PromptSeen } from '../domain/experience';
import { GeneratedText } from '../domain/generated-text';
import { limitHeaders } from '../domain/limit-headers';
import { type OutputLimit, outputLimitFor } from '../domain/output-limit';
import { DIALECTS } from '../domain/passages';
import type { Attempt, Destination, Outgoing } from '../domain/passages/passage';
import { PreparedWays } from '../domain/prepared-ways';
import { invalidRequest, Refusal, type RefusalCode } from '../domain/refusal';
import { Secrets } from '../domain/secrets';
import { chargeAtBound, chargeFor, type Ending, limitChargeOf } from '../domain/settlement';
import type { Surface } from '../domain/surfaces/surface';
import { charged, type HeardOfProvider, type ToldOfRequest, type UsageRecord } from '../domain/usage-record';
import type { Addressed, Way } from '../domain/way';
import type { Admission } from './admission';
import { countedEnding } from './counted-tokens';
import { FirstAnswers } from './first-answers';
import type {
  ClientAnswer,
  Credentials,
  Journal,
  Ledger,
  Proof,
  TokenCounter,
  Upstream,
  UpstreamRequest,
} from './gateway.ports';
import { type Outcome, ProviderCall, type SecondTry } from './provider-call';
import type { IntegrationHealth } from './integration-health';
import type { RequestTrace } from './traces.ports';
import type { Traffic } from './traffic';
import { UnderWay } from './under-way';

export interface CallSettings extends OutputSettings {
  readonly answerBytesMax: number;
  /** Milliseconds. */
  readonly requestDeadlineMs: number;
}

/** A request of a client, with all that it takes to serve it. */
export interface ClientCall {
  readonly requestId: string;
  readonly configuration: Configuration;
  readonly key: Key;
  readonly surface: Surface;
  readonly ask: Ask;
  /** Monotonic milliseconds at which its body was there. */
  readonly receivedAt: number;
  /** The provider header. */
  readonly provider?: string;
  /** What its path names, in place of the body's model. */
  readonly named?: string;
  /** Milliseconds to wait for holds in flight. */
  readonly waitMs: number;
  /** What the provider's language cannot express may be left out. */
  readonly dropUnsupported: boolean;
  /** Client headers that may go on to a provider whom they mean something to. */
  readonly forwardedHeaders: Readonly<Record<string, string>>;
  /** What the client says of it, for the accounts. */
  readonly told: ToldOfRequest;
  /** The gateways that it has passed, this one included. */
  readonly hops: string;
  readonly client: ClientAnswer;
  /** Absent where it is not sampled. */
  readonly trace: RequestTrace | undefined;
  readonly refuse: (refusal: Refusal) => void;
}

/** Which attempt of a request it is, and why there is a second. */
interface Try {
  readonly number: 1 | 2;
  readonly because?: SecondTry;
}
const FIRST: Try = { number: 1 };
/** Of the time that a call may take, one part is how late it may be cut. */
const LOOKS_PER_DEADLINE = 4;
const LOOK_EVERY_MS_MAX = 500;
const MISDIRECTED =
  "The provider was not called: the integration's credential was not given for the host that its configuration names.";
const NO_PROOF: Proof = { headers: {}, secrets: [] };

export interface CallParts {
  readonly admission: Admission;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly credentials: Credentials;
  readonly upstream: Upstream;
  readonly health: IntegrationHealth;
  readonly experiences: Experiences;
  readonly tokens: TokenCounter;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly settings: CallSettings;
}

/** The way of a call through the gateway: resolve, bound, hold, send, relay, settle. It knows no wire. */
export class GovernedCalls {
  private readonly running = new UnderWay<ProviderCall>();
  private readonly firstAnswers = new FirstAnswers();
  private readonly ways = new PreparedWays();
  /** While calls are under way. */
  private looking: NodeJS.Timeout | undefined;

  constructor(private readonly parts: CallParts) {}

  /** Requests whose provider is at work. */
  get inFlight(): number {
    return this.running.size;
  }

  /** Cuts what still runs: each is settled and its client told. */
  cutAll(): void {
    for (const call of this.running.now) call.cut('broken');
  }

  /** Throws Refusal before any provider was contacted; afterwards it answers through the client and does not throw. */
  handle(call: ClientCall): Promise<void> {
    return this.attempt(call, FIRST);
  }

  /** Each has a hold and a record of its own. */
  private async attempt(call: ClientCall, attempt: Try): Promise<void> {
    const { clock, experiences, settings } = this.parts;
    const way = this.ways.of(call.configuration, call.key, addressOf(call), clock.now());
    const experience = experiences.of(way.modelId);
    const { demand } = call.ask;
    const limit = demand.output && outputLimitFor(demand.output, way.callee.quirks);
    const plan = planFor(demand, way.route.model, limit, settings, experience.overhead);
    const planned = { call, attempt, limit, plan, experience, way };
    // What cannot be said in the provider's language is refused before anything waits for it, or is held.
    const widest = way.passage.translates ? outgoingAt(planned, plan.perChoiceMax) : undefined;
    const { scopes } = way;
    const room = scopes.length > 0 ? this.admit(call, plan, scopes, attempt) : undefined;
    const admission =
      room instanceof Promise ? await this.admittedOrCounted(room, planned, scopes) : { hold: room, planned };
    const { hold } = admission;
    let admitted = false;
    try {
      const sending = this.prepare({ widest, hold, ...admission.planned });
      const proof = await this.proofOf(sending);
      admitted = await this.openedInJournal(sending);
      if (!admitted) return;
      const { clock, traffic } = this.parts;
      if (attempt.number === 1) traffic.added.add(clock.monotonicMs() - call.receivedAt);
      call.trace?.sent(attempt.number);
      this.send(sending, proof);
    } finally {
      if (!admitted && hold) this.parts.ledger.giveBack(hold);
    }
  }

  /** The first attempt is settled: what stands in the way of a second is told to the client. */
  private tryAgain({ call, way }: Sending, because: SecondTry): void {
    if (because === 'streamOptionsRefused') this.ways.noteWithoutStreamOptions(way.route.integration.id);
    this.attempt(call, { number: 2, because }).catch((error: unknown) => {
      call.refuse(error instanceof Refusal ? error : notTriedAgain());
    });
  }

  /** A request counts once against limits of requests, whatever its attempts; money and tokens count for each. */
  private admit(
    call: ClientCall,
    plan: Plan,
    scopes: readonly LeaseScope[],
    attempt: Try,
  ): Hold | Promise<Hold> {
    const requests = attempt.number === 1 ? 1n : 0n;
    const { perChoiceMax, perChoiceMin } = plan;
    const want = amountsOf(boundAt(plan, perChoiceMax), requests);
    const request = {
      organizationId: call.key.organizationId,
      scopes,
      want,
      least: perChoiceMin === perChoiceMax ? want : amountsOf(boundAt(plan, perChoiceMin), requests),
      unpriced: plan.rates === undefined,
    };
    return this.parts.admission.admit(request, call.waitMs, call.client);
  }

  /**
   * Who is refused for the bytes of a prompt may have room for its tokens, where these can be counted: they are, before it
   * hears of the refusal.
   */
  private async admittedOrCounted(
    room: Promise<Hold>,
    planned: Unheld,
    scopes: readonly LeaseScope[],
  ): Promise<{ hold: Hold; planned: Unheld }> {
    try {
      return { hold: await room, planned };
    } catch (error) {
      const plan = this.isForPrompt(error, planned) ? await this.countedPlan(planned) : undefined;
      if (!plan) throw error;
      const hold = await this.admit(planned.call, plan, scopes, planned.attempt);
      return { hold, planned: { ...planned, plan } };
    }
  }

  /** Whether it might have been admitted with a smaller prompt: of a limit that is used up nobody counts. */
  private isForPrompt(error: unknown, planned: Unheld): boolean {
    if (!(error instanceof Refusal) || !FOR_SIZE.has(error.code)) return false;
    const { limit } = error.details;
    if (!limit) return true;
    if (limit.unit === 'requests') return false;
    const least = this.planWith(planned, 0);
    return amountsOf(boundAt(least, least.perChoiceMin))[limit.unit] <= limit.limit - limit.spent;
  }

  /** Undefined where the prompt cannot be counted, or comes to no less so. */
  private async countedPlan(planned: Unheld): Promise<Plan | undefined> {
    const { call, way, plan } = planned;
    const { demand, body } = call.ask;
    const { tokenizer } = way.route.model;
    if (!tokenizer || plan.textTokens === 0) return undefined;
    const tokens = await this.parts.tokens.count(tokenizer, body);
    if (tokens === undefined || tokens >= demand.prompt.bytes || call.client.left) return undefined;
    // What is learnt of prompts is learnt by their bytes.
    return { ...this.planWith(planned, tokens), textTokens: plan.textTokens };
  }

  /** As if the text of its prompt came to so many bytes. */
  private planWith({ call, way, limit, experience }: Unheld, bytes: number): Plan {
    const { demand } = call.ask;
    const sized = { ...demand, prompt: { ...demand.prompt, bytes } };
    return planFor(sized, way.route.model, limit, this.parts.settings, experience.overhead);
  }

  private async proofOf({ way, url, request }: Sending): Promise<Proof> {
    const { integration } = way.route;
    if (integration.credentialVersion === 0) return NO_PROOF;
    const { headers, body } = request;
    try {
      return await this.parts.credentials.prove(integration, { url, headers, body });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw unproven(error);
    }
  }

  /** Looked at just before the provider is called: the process may have been stopped since the grant. */
  private isLate(hold: Hold | undefined): boolean {
    return hold !== undefined && this.parts.clock.monotonicMs() >= hold.admitUntil;
  }

  private prepare(planned: Planned): Sending {
    const { call, way, plan, hold, widest } = planned;
    const perChoice = hold ? perChoiceWithin(plan, hold.cap) : plan.perChoiceMax;
    const outgoing = perChoice === plan.perChoiceMax && widest ? widest : outgoingAt(planned, perChoice);
    const own = ownHeaders(call, planned.attempt);
    const { path, url } = way.placeOf(outgoing.operation);
    return {
      bound: boundAt(plan, perChoice),
      answerHeaders: Object.assign(limitSetHeader(planned, perChoice), droppedHeader(outgoing)),
      own,
      url,
      request: {
        baseUrl: way.baseUrl,
        path,
        headers: Object.assign({}, way.dialect.headers, clientHeadersFor(call, way.dialect), own),
        body: outgoing.body,
        ownConnection: planned.attempt.because === 'connectionReset',
      },
      record: this.recordOf(planned),
      ...planned,
    };
  }

  private recordOf({ call, way: { route }, hold, attempt }: Planned): UsageRecord {
    return {
      requestId: call.requestId,
      attempt: attempt.number,
      organizationId: call.key.organizationId,
      workspaceId: call.key.workspaceId,
      provisionId: route.provision.id,
      integrationId: route.integration.id,
      apiKeyId: call.key.id,
      model: route.model.name,
      kinds: [],
      serviceTier: '',
      doubt: 0n,
      estimated: true,
      outcome: 'unknown',
      admittedAt: this.parts.clock.now(),
      streamed: call.ask.stream,
      provider: route.integration.provider,
      told: call.told,
      journalId: this.parts.ledger.journalId,
      leases: hold?.parts.map(({ lease }) => lease.number) ?? [],
      priceBookVersion: call.configuration.shared.priceBookVersion,
    };
  }

  /**
   * The attempt stands at its full bound, all of it in doubt, until it is settled. False where its client has left before
   * that was written. Errors: Refusal.
   */
  private openedInJournal({ call, record, bound, hold }: Sending): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.parts.journal.open({
        attempt: () => {
          if (call.client.left) return void resolve(false);
          if (this.isLate(hold)) return void reject(ranOut());
          return {
            record: charged(record, chargeAtBound(bound)),
            charges: hold?.chargesInFull() ?? [],
          };
        },
        written: () => resolve(true),
        failed: () => reject(unwritten()),
      });
    });
  }

  private send(sending: Sending, proof: Proof): void {
    const { call, way, request, hold } = sending;
    const { route, dialect, passage, callee } = way;
    const { clock, settings, upstream } = this.parts;
    const written = route.model.tokenizer && new GeneratedText();
    const providerCall = new ProviderCall({
      client: call.client,
      clock,
      secrets: new Secrets(proof.secrets),
      choices: call.ask.demand.output?.choices ?? 1,
      stream: call.ask.stream,
      surface: call.surface,
      usageAsked: call.ask.usageAsked,
      dialect,
      answer: passage.answer(call.ask, callee, attemptOf(sending, written)),
      cancelledBilledInFull: callee.quirks.cancelledBilledInFull,
      headers: Object.assign(
        limitHeaders(hold?.limits(clock.monotonicMs()) ?? [], clock.now()),
        sending.answerHeaders,
      ),
      answerBytesMax: settings.answerBytesMax,
      deadlineMs: settings.requestDeadlineMs,
      answered: (status) => this.parts.health.observe(route.integration, status),
      reasons: route.model.reasons ?? false,
      pace: () => sending.experience.pace(callee.quirks.tokensPerSecondMax),
      settle: (outcome, ending, heard, seen, goOn) =>
        this.settleWhenJudged(sending, written, { outcome, ending, heard, seen }, goOn, () =>
          this.running.remove(providerCall),
        ),
      again: sending.attempt.number === 1 ? (because) => this.tryAgain(sending, because) : undefined,
      refusesOurs: (status, body) => refusesStreamOptions(sending, status, body),
      refuse: call.refuse,
    });
    this.begin(sending, providerCall);
    const headers = Object.assign({}, request.headers, proof.headers, sending.own);
    providerCall.attach(upstream.send({ ...request, headers }, providerCall));
  }

  private begin({ experience }: Sending, providerCall: ProviderCall): void {
    this.running.add(providerCall);
    this.lookLater();
    this.firstAnswers.sent(experience);
  }

  /** Deadlines are told when calls are next looked at: a timer for each would cost each of them something. */
  private lookLater(): void {
    const everyMs = Math.min(
      Math.ceil(this.parts.settings.requestDeadlineMs / LOOKS_PER_DEADLINE),
      LOOK_EVERY_MS_MAX,
    );
    this.looking ??= setTimeout(this.look, everyMs).unref();
  }

  private readonly look = (): void => {
    this.looking = undefined;
    const now = this.parts.clock.monotonicMs();
    for (const call of this.running.now) call.look(now);
    if (this.running.size > 0) this.lookLater();
  };

  /** Nobody waits until it is known what was charged: the client goes on as soon as that takes longer. */
  private settleWhenJudged(
    sending: Sending,
    written: GeneratedText | undefined,
    ended: Ended,
    goOn: () => void,
    over: () => void,
  ): void {
    let answer: (() => void) | undefined = goOn;
    let judged = false;
    sending.call.trace?.answered(sending.attempt.number);
    this.whenJudged(sending, written, ended, (ending) => {
      judged = true;
      over();
      this.settle(sending, ended, ending, () => answer?.());
    });
    if (judged) return;
    answer = undefined;
    goOn();
  }

  /** At once, but for whoever left while nothing is known of the model: nobody waits for what that is charged. */
  private whenJudged(
    sending: Sending,
    written: GeneratedText | undefined,
    { outcome, ending, seen }: Ended,
    settle: (ended: Ending) => void,
  ): void {
    const { experience, plan, way, call } = sending;
    if (outcome === 'completed') learnFrom(sending, ending(), seen);
    this.firstAnswers.ended(experience);
    const goOn = (): void => this.whenCounted(sending, written, withInput(sending, ending()), settle);
    const mayBeGuess = outcome === 'clientLeft' && plan.textTokens > 0 && !way.route.model.tokenizer;
    if (mayBeGuess && ending().kind === 'estimated')
      this.firstAnswers.whenTold(experience, call.ask.body.length, goOn);
    else goOn();
  }

  /** At once, but for what has tokens to be counted: until it is settled the journal has it at its bound. */
  private whenCounted(
    sending: Sending,
    written: GeneratedText | undefined,
    ending: Ending,
    settle: (ended: Ending) => void,
  ): void {
    const { tokenizer } = sending.way.route.model;
    if (ending.kind !== 'estimated' || !tokenizer || !written) return settle(ending);
    const { body, demand } = sending.call.ask;
    const ofSchema = demand.output?.ofSchema ?? false;
    const countable = { tokenizer, body, ...promptOf(sending), written, ofSchema };
    void countedEnding(this.parts.tokens, ending, countable).then(settle);
  }

  private settle(
    { call, record, hold, bound, plan }: Sending,
    { outcome, heard }: Ended,
    ending: Ending,
    goOn: () => void,
  ): void {
    const charge = chargeFor(ending, bound, plan.tariff);
    this.parts.traffic.used(charge.kinds, charge.estimated);
    const charges = hold?.chargesOf(limitChargeOf(charge)) ?? [];
    const settled = charged(record, charge, { outcome, heard, settledAt: this.parts.clock.now() });
    call.trace?.settled(settled);
    this.parts.journal.settle({
      attempt: { record: settled, charges },
      written: () => {
        if (hold) this.parts.ledger.settle(hold, charges);
      },
      passed: goOn,
    });
  }
}

/** What is decided of a request before anything is held for it. */
interface Unheld {
  readonly call: ClientCall;
  readonly way: Way;
  /** With the model. */
  readonly experience: Experience;
  readonly attempt: Try;
  /** Absent where nothing is generated. */
  readonly limit: OutputLimit | undefined;
  readonly plan: Plan;
}

/** What is decided of a request before its provider is called. */
interface Planned extends Unheld {
  /** What goes out where all that is wanted is granted, as far as it is known. */
  readonly widest: Outgoing | undefined;
  /** Absent where no limit applies. */
  readonly hold: Hold | undefined;
}

/** How an attempt ended, and what it is charged by. */
interface Ended {
  readonly outcome: Outcome;
  readonly ending: () => Ending;
  readonly heard: HeardOfProvider;
  readonly seen: AnswerSeen;
}

interface Sending extends Planned {
  readonly bound: Bound;
  /** Of whatever is answered, beside what tells of limits. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** Of the request, those that stand in place of whatever is sealed with a credential. */
  readonly own: Readonly<Record<string, string>>;
  /** Of the request, query included. */
  readonly url: string;
  /** Without the proof of whose it is. */
  readonly request: UpstreamRequest;
  readonly record: UsageRecord;
}

/** Throws Refusal `unsupported_parameter` for what the provider's language has no words for. */
const outgoingAt = (planned: Unheld, perChoice: number): Outgoing =>
  planned.way.passage.request(planned.call.ask, destinationOf(planned, perChoice));

const destinationOf = ({ call, way, limit }: Unheld, perChoice: number): Destination => {
  const { name, quirks, deployment } = way.callee;
  const asSent = limit === undefined || call.ask.demand.output?.limits.has(limit.name);
  return {
    name,
    quirks,
    deployment,
    removed: limit?.removed.filter((other) => call.ask.members.has(other)) ?? [],
    dropUnsupported: call.dropUnsupported,
    outputLimit: asSent ? undefined : { name: limit.name, tokens: perChoice },
  };
};

/** Statuses by which servers refuse a parameter that they do not know. */
const REFUSED_PARAMETER: ReadonlySet<number> = new Set([400, 422]);

/** Whether a server refuses the question for the usage of a stream, which the gateway put to it and the client did not. */
const refusesStreamOptions = ({ call, way }: Sending, status: number, body: Buffer): boolean =>
  REFUSED_PARAMETER.has(status) &&
  call.ask.stream &&
  way.callee.quirks.streamOptions &&
  !call.ask.members.has('stream_options') &&
  body.includes('stream_options');

const notTriedAgain = (): Refusal =>
  new Refusal('provider_error', 'The provider ended the connection before it answered.', {
    retryAfterSeconds: 1,
  });

const attemptOf = ({ call, record }: Sending, written: GeneratedText | undefined): Attempt => ({
  requestId: call.requestId,
  askedAt: record.admittedAt,
  ...(written && { written }),
});

/** Of these a smaller request might have been admitted. */
const FOR_SIZE: ReadonlySet<RefusalCode> = new Set([
  ...(['budget_exceeded', 'rate_limit_exceeded', 'request_exceeds_limit'] as const),
]);

const DROPPED_CHARACTERS_MAX = 1024;

/** Says what was left out of the request. */
const droppedHeader = ({ dropped = [] }: Outgoing): Record<string, string> =>
  dropped.length > 0 ? { 'x-gatehouse-dropped': dropped.join(', ').slice(0, DROPPED_CHARACTERS_MAX) } : {};

/** Says of how many tokens the limit is that was set for a request without one. */
const limitSetHeader = ({ limit }: Planned, perChoice: number): Record<string, string> =>
  limit && limit.tokens === undefined ? { 'x-gatehouse-output-limit': String(perChoice) } : {};

const unproven = ({ code, reason }: AppError): Refusal => {
  if (reason === 'CREDENTIAL_MISDIRECTED') return new Refusal('credential_misdirected', MISDIRECTED);
  if (code === 'UNAVAILABLE') {
    const message = "The integration's credential is not available just now.";
    return new Refusal('credential_unavailable', message, { retryAfterSeconds: 1 });
  }
  return new Refusal(
    'provider_error',
    "The integration's credential cannot be used, or its issuer refuses it.",
  );
};

const promptOf = ({ plan: { textTokens }, way: { route } }: Sending): PromptSeen => ({
  textTokens,
  templateTokens: route.model.templateTokens ?? 0,
});

/** A whole answer whose usage was told teaches what another is charged of which it was not. */
const learnFrom = (sending: Sending, ending: Ending, seen: AnswerSeen): void => {
  if (ending.kind === 'counted' && sending.call.ask.demand.billed)
    sending.experience.learn(ending.usage, promptOf(sending), seen);
};

/** With the prompt as it was learnt, where nobody told. */
const withInput = (sending: Sending, ending: Ending): Ending => {
  if (ending.kind !== 'estimated' || sending.plan.textTokens === 0) return ending;
  return { ...ending, inputTokens: sending.experience.inputTokens(promptOf(sending)) };
};

const addressOf = ({ ask, named, provider, surface }: ClientCall): Addressed => {
  const model = named ?? ask.model;
  // Who names a provider may leave the model to its default.
  if (model === undefined && provider === undefined) {
    throw invalidRequest("'model' is required.", 'model');
  }
  return { model: model ?? '', provider, surface };
};

/** The process may have been stopped since the grant. */
const ranOut = (): Refusal =>
  new Refusal('limits_unavailable', 'The reservation of this request ran out before it was used.', {
    retryAfterSeconds: 1,
  });

const unwritten = (): Refusal =>
  new Refusal('limits_unavailable', 'The gateway cannot write its journal just now.', {
    retryAfterSeconds: 1,
  });

/** What we say of the request and its body is what we send: nothing that was sealed with a credential stands in its place. */
const ownHeaders = ({ ask, requestId, hops, trace }: ClientCall, { number }: Try) => ({
  'content-type': 'application/json',
  accept: ask.stream ? 'text/event-stream' : 'application/json',
  // Usage can only be read from what is not compressed.
  'accept-encoding': 'identity',
  'user-agent': 'gatehouse',
  'x-request-id': `${requestId}.${number}`,
  'x-gatehouse-hops': hops,
  // The client's stands where it is not sampled.
  ...(trace && { traceparent: trace.traceparentOf(number) }),
});

const MEANT_FOR_ONE: ReadonlySet<string> = new Set(
  Object.values(DIALECTS).flatMap(({ clientHeaders }) => clientHeaders),
);

/** Without those that mean something in another language. */
const clientHeadersFor = ({ forwardedHeaders }: ClientCall, { clientHeaders }: Dialect) => {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(forwardedHeaders)) {
    if (!clientHeaders.includes(name) && MEANT_FOR_ONE.has(name)) continue;
    headers[name] = forwardedHeaders[name] as string;
  }
  return headers;
};
