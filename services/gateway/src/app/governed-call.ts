import { AppError } from '@gatehouse/kernel';
import type { Hold, HoldRequest, LeaseCharge } from '@gatehouse/leases';
import { amountsOf, boundAt, type Plan, planFor } from '../domain/bound';
import type { Model } from '../domain/model';
import { outputLimitFor } from '../domain/output-limit';
import { PreparedWays } from '../domain/prepared-ways';
import { Refusal, type RefusalCode } from '../domain/refusal';
import { chargeFor, type Ending, limitChargeOf } from '../domain/settlement';
import { charged } from '../domain/usage-record';
import type { Way } from '../domain/way';
import type { CallParts } from './call-parts';
import { addressOf, type ClientCall } from './client-call';
import { countedEnding } from './counted-tokens';
import { FirstAnswers } from './first-answers';
import type { Proof, ProvenRequest } from './gateway.ports';
import {
  type AttemptMaker,
  type Ended,
  GovernedAttempt,
  outgoingAt,
  type OutgoingRequest,
  type Planned,
  type Try,
} from './governed-attempt';
import { ProviderCall, type SecondTry } from './provider-call';
import { UnderWay } from './under-way';

const FIRST: Try = { number: 1 };
/** Of the time that a call may take, one part is how late it may be cut. */
const LOOKS_PER_DEADLINE = 4;
const LOOK_EVERY_MS_MAX = 500;
const MISDIRECTED =
  "The provider was not called: the integration's credential was not given for the host that its configuration names.";
const NO_PROOF: Proof = { headers: {}, secrets: [] };

/** The way of a call through the gateway: resolve, bound, hold, send, relay, settle. It knows no wire. */
export class GovernedCalls implements AttemptMaker {
  private readonly running = new UnderWay<ProviderCall>();
  private readonly firstAnswers = new FirstAnswers();
  private readonly ways = new PreparedWays();
  /** While calls are under way. */
  private looking: NodeJS.Timeout | undefined;

  constructor(readonly parts: CallParts) {}

  /** Requests whose provider is at work. */
  get inFlight(): number {
    return this.running.size;
  }

  /** Cuts what still runs: each is settled and its client told. */
  cutAll(): void {
    for (const call of this.running.now) call.cut('broken');
  }

  /**
   * Throws Refusal, at once or in its promise, before any provider was contacted; afterwards it answers through the client and does
   * not throw.
   */
  handle(call: ClientCall): Promise<void> {
    return this.attempt(call, FIRST);
  }

  /** The first attempt is settled: what stands in the way of a second is told to the client. */
  tryAgain({ call }: GovernedAttempt, because: SecondTry): void {
    void this.attemptOrTell(call, { number: 2, because });
  }

  private async attemptOrTell(call: ClientCall, tried: Try): Promise<void> {
    try {
      await this.attempt(call, tried);
    } catch (error) {
      call.refuse(error instanceof Refusal ? error : notTriedAgain());
    }
  }

  /** Nobody waits until it is known what was charged: the client goes on as soon as that takes longer. */
  ended(attempt: GovernedAttempt, ended: Ended, goOn: () => void): void {
    const { call, way, experience, prompt, planned } = attempt;
    call.trace?.answered(attempt.number);
    // Whoever refuses the second attempt too may have been asked for something else by a word of the client's.
    if (planned.tried.because === 'streamOptionsRefused' && isSuccess(ended.heard.status))
      this.ways.noteWithoutStreamOptions(way.route.integration.id);
    const ending = ended.ending();
    // A whole answer whose usage was told teaches what another is charged of which it was not.
    if (ended.outcome === 'completed' && ending.kind === 'counted' && call.ask.demand.billed)
      experience.learn(ending.usage, prompt, ended.seen);
    this.firstAnswers.ended(experience);
    if (ending.kind === 'estimated') this.settleWhenJudged(attempt, ended, goOn);
    else this.settle(attempt, ended, ending, goOn);
  }

  /** Each has a hold and a record of its own. What waits for nobody is done in one go: a call has one promise then. */
  private attempt(call: ClientCall, tried: Try): Promise<void> {
    const planned = this.planned(call, tried);
    const room = planned.way.scopes.length > 0 ? this.admit(planned) : undefined;
    return room instanceof Promise
      ? this.admittedOrCounted(room, planned).then((admitted) => this.begin(admitted.planned, admitted.hold))
      : this.begin(planned, room);
  }

  /** With room, where any is needed: it is given back where nothing is sent. */
  private begin(planned: Planned, hold: Hold | undefined): Promise<void> {
    try {
      const attempt = new GovernedAttempt(planned, hold, this);
      const request = attempt.request();
      const proof = this.proofOf(attempt, request);
      return proof instanceof Promise
        ? this.whenProven(proof, attempt, request)
        : this.sendOnceOpened(attempt, request, proof);
    } catch (error) {
      this.giveBack(hold);
      throw error;
    }
  }

  private async whenProven(
    proving: Promise<Proof>,
    attempt: GovernedAttempt,
    request: OutgoingRequest,
  ): Promise<void> {
    const proof = await proving.catch((error: unknown) => {
      this.giveBack(attempt.hold);
      throw error;
    });
    return this.sendOnceOpened(attempt, request, proof);
  }

  private giveBack(hold: Hold | undefined): void {
    if (hold) this.parts.ledger.giveBack(hold);
  }

  /** Throws Refusal as `wayOf`, `outputLimitFor` and `planFor` do, and for what the provider's language has no words for. */
  private planned(call: ClientCall, tried: Try): Planned {
    const { clock, experiences, settings } = this.parts;
    const { demand } = call.ask;
    const called = [call.configuration, call.key, addressOf(call), clock.now()] as const;
    const refused = tried.because === 'streamOptionsRefused';
    const way = refused ? this.ways.withoutStreamOptions(...called) : this.ways.of(...called);
    const experience = experiences.of(way.modelId);
    const limit = demand.output && outputLimitFor(demand.output, way.callee.quirks);
    const plan = planFor(demand, modelFor(call, way), limit, settings, experience.overhead);
    const widest = boundAt(plan, plan.perChoiceMax);
    // What cannot be said in the provider's language is refused before anything waits for it, or is held.
    const outgoing = way.passage.translates ? outgoingAt({ call, way, limit }, plan.perChoiceMax) : undefined;
    return { call, tried, way, experience, limit, plan, widest, outgoing };
  }

  /** A request counts once against limits of requests, whatever its attempts; money and tokens count for each. */
  private admit({ call, tried, way, plan, widest }: Planned): Hold | Promise<Hold> {
    const requests = tried.number === 1 ? 1n : 0n;
    const { perChoiceMax, perChoiceMin } = plan;
    const want = amountsOf(widest, requests);
    const request: HoldRequest = {
      organizationId: call.key.organizationId,
      scopes: way.scopes,
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
    planned: Planned,
  ): Promise<{ hold: Hold; planned: Planned }> {
    try {
      return { hold: await room, planned };
    } catch (error) {
      const plan = this.isForPrompt(error, planned) ? await this.countedPlan(planned) : undefined;
      if (!plan) throw error;
      const smaller = { ...planned, plan, widest: boundAt(plan, plan.perChoiceMax) };
      return { hold: await this.admit(smaller), planned: smaller };
    }
  }

  /** Whether it might have been admitted with a smaller prompt: of a limit that is used up nobody counts. */
  private isForPrompt(error: unknown, planned: Planned): boolean {
    if (!(error instanceof Refusal) || !FOR_SIZE.has(error.code)) return false;
    const { limit } = error.details;
    if (!limit) return true;
    if (limit.unit === 'requests') return false;
    const least = this.planWith(planned, 0);
    return amountsOf(boundAt(least, least.perChoiceMin))[limit.unit] <= limit.limit - limit.spent;
  }

  /** Undefined where the prompt cannot be counted, or comes to no less so. */
  private async countedPlan(planned: Planned): Promise<Plan | undefined> {
    const { call, way, plan } = planned;
    const { demand, body } = call.ask;
    const { tokenizer } = way.route.model;
    if (!tokenizer || plan.textTokens === 0) return undefined;
    const counted = await this.parts.tokens.count(tokenizer, body);
    if (counted === undefined || call.client.left) return undefined;
    const tokens = counted + demand.prompt.growth;
    if (tokens >= demand.prompt.bytes) return undefined;
    // What is learnt of prompts is learnt by their bytes.
    return { ...this.planWith(planned, tokens), textTokens: plan.textTokens };
  }

  /** As if the text of its prompt came to so many bytes. */
  private planWith({ call, way, limit, experience }: Planned, bytes: number): Plan {
    const { demand } = call.ask;
    const sized = { ...demand, prompt: { ...demand.prompt, bytes } };
    return planFor(sized, modelFor(call, way), limit, this.parts.settings, experience.overhead);
  }

  private proofOf({ way }: GovernedAttempt, request: ProvenRequest): Proof | Promise<Proof> {
    const { integration } = way.route;
    if (integration.credentialVersion === 0) return NO_PROOF;
    try {
      const proof = this.parts.credentials.prove(integration, request);
      return proof instanceof Promise ? proof.catch(unproven) : proof;
    } catch (error) {
      return unproven(error);
    }
  }

  /**
   * The attempt stands in the journal at its full bound, all of it in doubt, until it is settled; it is sent as soon as that is
   * written, and not where its client has left before. Errors: Refusal.
   */
  private sendOnceOpened(attempt: GovernedAttempt, request: OutgoingRequest, proof: Proof): Promise<void> {
    const { client, record, hold, planned } = attempt;
    return new Promise((resolve, reject) => {
      const notSent = (because?: Refusal): void => {
        this.giveBack(hold);
        if (because) reject(because);
        else resolve();
      };
      this.parts.journal.open({
        attempt: () => {
          if (client.left) return void notSent();
          if (attempt.isLate)
            return void (planned.tried.late ? notSent(ranOut()) : resolve(this.holdAnew(attempt)));
          return { record, charges: hold?.chargesInFull() ?? NO_CHARGES };
        },
        written: () => {
          try {
            resolve(this.send(attempt, request, proof));
          } catch (error) {
            reject(error);
          }
        },
        failed: () => notSent(unwritten()),
      });
    });
  }

  /** Its window may have ended since it was admitted, as for all that are so far just then: it has room in the next one, or is told why not. */
  private async holdAnew({ call, hold, planned }: GovernedAttempt): Promise<void> {
    this.giveBack(hold);
    // Not while the journal writes what was opened.
    await Promise.resolve();
    return this.attempt(call, { ...planned.tried, late: true });
  }

  private send(attempt: GovernedAttempt, request: OutgoingRequest, proof: Proof): void {
    const { call, number } = attempt;
    const { traffic, clock } = this.parts;
    const now = clock.monotonicMs();
    if (number === 1) traffic.added.add(now - call.receivedAt);
    call.trace?.sent(number);
    attempt.prove(proof, request, now);
    const providerCall = new ProviderCall(attempt);
    attempt.sent = providerCall;
    this.running.add(providerCall);
    this.lookLater();
    this.firstAnswers.sent(attempt.experience);
    providerCall.attach(this.parts.upstream.send(request, providerCall));
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

  private settleWhenJudged(attempt: GovernedAttempt, ended: Ended, goOn: () => void): void {
    let answer: (() => void) | undefined = goOn;
    let judged = false;
    this.whenJudged(attempt, ended, (ending) => {
      judged = true;
      this.settle(attempt, ended, ending, () => answer?.());
    });
    if (judged) return;
    answer = undefined;
    goOn();
  }

  /** At once, but for whoever left while nothing is known of the model: nobody waits for what that is charged. */
  private whenJudged(
    attempt: GovernedAttempt,
    { outcome, ending }: Ended,
    settle: (ended: Ending) => void,
  ): void {
    const { experience, plan, way, call } = attempt;
    const goOn = (): void => this.whenCounted(attempt, withInput(attempt, ending()), settle);
    const mayBeGuess = outcome === 'clientLeft' && plan.textTokens > 0 && !way.route.model.tokenizer;
    if (mayBeGuess) this.firstAnswers.whenTold(experience, call.ask.body.length, goOn);
    else goOn();
  }

  /** At once, but for what has tokens to be counted: until it is settled the journal has it at its bound. */
  private whenCounted(
    { call, way, written, prompt }: GovernedAttempt,
    ending: Ending,
    settle: (ended: Ending) => void,
  ): void {
    const { tokenizer } = way.route.model;
    if (ending.kind !== 'estimated' || !tokenizer || !written) return settle(ending);
    const { body, demand } = call.ask;
    const ofSchema = demand.output?.ofSchema ?? false;
    const countable = { tokenizer, body, ...prompt, written, ofSchema };
    void countedEnding(this.parts.tokens, ending, countable).then(settle);
  }

  private settle(
    attempt: GovernedAttempt,
    { outcome, heard }: Ended,
    ending: Ending,
    goOn: () => void,
  ): void {
    const { call, hold, bound, plan, record, sent } = attempt;
    const { clock, journal, ledger, traffic } = this.parts;
    if (sent) this.running.remove(sent);
    const charge = chargeFor(ending, bound, plan.tariff);
    traffic.used(charge.kinds, charge.estimated);
    const charges = hold?.chargesOf(limitChargeOf(charge)) ?? NO_CHARGES;
    const settled = charged(record, charge, outcome, heard, clock.now());
    call.trace?.settled(settled);
    journal.settle({
      attempt: { record: settled, charges },
      written: () => {
        if (hold) ledger.settle(hold, charges);
      },
      passed: goOn,
    });
  }
}

const NO_CHARGES: readonly LeaseCharge[] = [];

/** The model that is called, with the window that it is asked to have. */
const modelFor = ({ forwardedHeaders }: ClientCall, { dialect, route: { model } }: Way): Model => {
  const { contextWindow } = model;
  const asked = contextWindow === undefined ? undefined : dialect.windowAsked?.(forwardedHeaders);
  if (asked === undefined || contextWindow === undefined || asked <= contextWindow) return model;
  return { ...model, contextWindow: asked };
};

/** Of these a smaller request might have been admitted. */
const FOR_SIZE: ReadonlySet<RefusalCode> = new Set([
  ...(['budget_exceeded', 'rate_limit_exceeded', 'request_exceeds_limit'] as const),
]);

const unproven = (error: unknown): never => {
  if (!(error instanceof AppError)) throw error;
  const { code, reason } = error;
  if (reason === 'CREDENTIAL_MISDIRECTED') throw new Refusal('credential_misdirected', MISDIRECTED);
  if (code === 'UNAVAILABLE') {
    const message = "The integration's credential is not available just now.";
    throw new Refusal('credential_unavailable', message, { retryAfterSeconds: 1 });
  }
  throw new Refusal(
    'provider_error',
    "The integration's credential cannot be used, or its issuer refuses it.",
  );
};

/** With the prompt as it was learnt, where nobody told. */
const withInput = ({ plan, experience, prompt }: GovernedAttempt, ending: Ending): Ending => {
  if (ending.kind !== 'estimated' || plan.textTokens === 0) return ending;
  return { ...ending, inputTokens: experience.inputTokens(prompt) };
};

const isSuccess = (status = 0): boolean => status >= 200 && status < 300;

const notTriedAgain = (): Refusal =>
  new Refusal('provider_error', 'The provider ended the connection before it answered.', {
    retryAfterSeconds: 1,
  });

/** The process may have been stopped since the grant. */
const ranOut = (): Refusal =>
  new Refusal('limits_unavailable', 'The reservation of this request ran out before it was used.', {
    retryAfterSeconds: 1,
  });

const unwritten = (): Refusal =>
  new Refusal('limits_unavailable', 'The gateway cannot write its journal just now.', {
    retryAfterSeconds: 1,
  });
