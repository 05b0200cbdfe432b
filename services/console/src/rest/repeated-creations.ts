import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { AppError, type Clock } from '@gatehouse/kernel';

/** As long as clients go on repeating what they got no answer to. */
const REMEMBERED_MS = 60_000;
const REMEMBERED_MAX = 10_000;

/** What a change is about, and what a creation was. */
export interface Concern {
  /** Undefined: nobody can say whose. */
  readonly organization: string | undefined;
  /** Of things that no change of others ends; undefined: of none of these, and a change of it may end anything. */
  readonly kind: string | undefined;
}

interface Creation {
  readonly digest: string;
  readonly concern: Concern;
  readonly requestId: string;
  readonly until: number;
  answer: Promise<unknown> | undefined;
  /** Somebody has it: what is changed now may be what it made. */
  answered: boolean;
}

export interface CreationRequest {
  readonly key: string;
  readonly url: string;
  /** Of its words, as they came. */
  readonly body: string;
  readonly concern: Concern;
}

/** Part of a creation was made when the rest was refused: whoever repeats it goes on with that part. */
export class Unfinished extends Error {
  /** @param refusal what the caller is told. */
  constructor(refusal: unknown) {
    super('a creation was left unfinished', { cause: refusal });
  }
}

/**
 * Clients repeat creations that were not answered, without saying that it is the same one. Within a minute the same request of the
 * same key is the same creation: it is answered as the first was, a secret included, or tried again under the same request id,
 * which the services know. Only keyed digests of requests are kept.
 */
export class RepeatedCreations {
  private readonly creations = new Map<string, Creation>();
  private readonly secret = randomBytes(32);

  constructor(private readonly clock: Clock) {}

  /** @param demandKnown refuses whoever is nobody any more: no service is asked for what is answered again. */
  async once<T>(
    request: CreationRequest,
    create: (requestId: string) => Promise<T>,
    demandKnown: () => Promise<void>,
  ): Promise<T> {
    const creation = this.remembered(request);
    if (creation.answer !== undefined) {
      const made = (await creation.answer) as T;
      await demandKnown();
      return made;
    }
    const making = this.make(creation, create);
    creation.answer = making;
    return making;
  }

  /** Something that was there may be another now, or gone, and be what was created: what is created of it from now on is new. */
  forget(change: Concern): void {
    for (const creation of this.creations.values())
      if (creation.answered && mayEnd(change, creation.concern)) this.drop(creation);
  }

  private async make<T>(creation: Creation, create: (requestId: string) => Promise<T>): Promise<T> {
    try {
      const made = await create(creation.requestId);
      creation.answered = true;
      return made;
    } catch (error) {
      creation.answer = undefined;
      if (error instanceof Unfinished) throw error.cause;
      // What was refused made nothing; of everything else nobody knows.
      if (error instanceof AppError && error.code !== 'UNAVAILABLE') this.drop(creation);
      throw error;
    }
  }

  private remembered({ key, url, body, concern }: CreationRequest): Creation {
    const now = this.clock.monotonicMs();
    this.dropUntil(now);
    const digest = this.digestOf(key, url, body);
    const known = this.creations.get(digest);
    if (known) return known;
    const creation: Creation = {
      ...{ digest, concern },
      requestId: randomUUID(),
      until: now + REMEMBERED_MS,
      answer: undefined,
      answered: false,
    };
    this.creations.set(digest, creation);
    // It may hold a secret, which goes when its time is up, whether or not anybody creates anything then.
    setTimeout(() => this.drop(creation), REMEMBERED_MS).unref();
    return creation;
  }

  private drop(creation: Creation): void {
    if (this.creations.get(creation.digest) === creation) this.creations.delete(creation.digest);
  }

  /** They were added in the order in which their time ends. */
  private dropUntil(now: number): void {
    for (const [digest, { until }] of this.creations) {
      if (until > now && this.creations.size < REMEMBERED_MAX) return;
      this.creations.delete(digest);
    }
  }

  private digestOf(...parts: readonly string[]): string {
    const digest = createHmac('sha256', this.secret);
    for (const part of parts) digest.update(`${part.length}:`).update(part);
    return digest.digest('base64');
  }
}

/** Whether a change may be of what was created, or have ended it. */
const mayEnd = (change: Concern, { organization, kind }: Concern): boolean =>
  (change.organization ?? organization) === (organization ?? change.organization) &&
  (change.kind === undefined || change.kind === kind);
