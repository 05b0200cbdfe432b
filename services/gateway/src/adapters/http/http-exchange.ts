import { type RequestId, randomId } from '@gatehouse/kernel';
import type { Random, ServiceLog } from '@gatehouse/platform';
import { ClientGone } from '../../app/admission';
import type { Key } from '../../domain/configuration';
import { Refusal, type RefusalCode } from '../../domain/refusal';
import type { RequestTrace } from '../../app/traces.ports';
import type { RequestEnd } from '../../app/traffic';
import type { Placed } from '../../app/under-way';
import type { FailureWords, Surface } from '../../domain/surfaces/surface';
import type { AnswerWith, ExchangeAnswer, ExchangeRequest } from './exchange-ends';
import { drain } from './request-body';

/** What an exchange needs of its surface: its words, and its name where it is one. */
export type ExchangeWords = Pick<FailureWords, 'refusal' | 'requestIdHeader'> &
  Partial<Pick<Surface, 'name'>>;

/** SDKs send what ended in a 5xx again by themselves: not these, which stay until somebody mends the integration. */
const HOPELESS: ReadonlySet<RefusalCode> = new Set(['credential_misdirected', 'host_refused']);

/** One request and its answer: gives it its id, and puts whatever is thrown into the client's words. */
export class HttpExchange implements Placed {
  place = -1;
  readonly requestId: RequestId;
  readonly client: ExchangeAnswer;
  /** Whose it is, once that is found out. */
  key: Key | undefined;
  /** Present where it is sampled. */
  trace: RequestTrace | undefined;
  private refused: RefusalCode | undefined;
  /** Monotonic milliseconds at which its answer was first seen to have ended. */
  private endedBy: number | undefined;

  constructor(
    readonly request: Pick<ExchangeRequest, 'method' | 'body'>,
    answerWith: AnswerWith,
    random: Random,
    private readonly log: Pick<ServiceLog, 'error'>,
    /** On every answer. */
    others: Readonly<Record<string, string>>,
    private readonly words: ExchangeWords,
  ) {
    this.requestId = randomId('req', random.bytes(17)) as RequestId;
    // Under the name of a language, a provider's own where its answer is relayed with it.
    const { requestIdHeader } = words;
    this.client = answerWith({ requestId: this.requestId, requestIdHeader, others });
  }

  /** Runs the work of the exchange; every way it can fail has an answer. */
  async run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.fail(error);
    }
  }

  /** Answers what was thrown. */
  async fail(error: unknown): Promise<void> {
    if (error instanceof ClientGone) return this.client.destroy();
    if (error instanceof Refusal) return this.refuse(error);
    this.log.error({ err: error, requestId: this.requestId }, 'a request failed unexpectedly');
    await this.refuse(new Refusal('internal_error', 'The gateway failed.'));
  }

  /** How it ended, once it has. */
  get end(): RequestEnd {
    return this.refused ?? this.client.outcome ?? (this.client.left ? 'clientLeft' : 'completed');
  }

  /**
   * Ends the connection of a client who does not take what is left of an answer that has ended.
   *
   * @param now monotonic milliseconds.
   * @param deadlineMs for all of it: no byte that is taken puts it off.
   */
  look(now: number, deadlineMs: number): void {
    if (!this.client.ended) return;
    this.endedBy ??= now;
    if (now - this.endedBy >= deadlineMs) this.client.destroy();
  }

  readonly refuse = async (refusal: Refusal): Promise<void> => {
    // Whoever sends too slowly is not waited for once more.
    const late = refusal.code === 'request_timeout';
    if (!late) await drain(this.request.body);
    if (this.client.started) return this.client.destroy();
    this.refused = refusal.code;
    const { retryAfterSeconds } = refusal.details;
    if (late) this.client.destroyWhenEnded();
    const hopeless = HOPELESS.has(refusal.code);
    this.json(refusal.status, this.words.refusal(refusal), {
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...(hopeless && { 'x-should-retry': 'false' }),
      ...(late && { connection: 'close' }),
    });
  };

  json(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    const body = Buffer.from(text);
    this.client.start(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(body.length),
      ...headers,
    });
    this.client.end(this.request.method === 'HEAD' ? undefined : body);
  }
}
