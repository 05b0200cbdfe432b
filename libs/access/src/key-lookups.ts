import type { Principal } from '@gatehouse/grpc';
import type { ApiKeyForm } from './api-key-format';
import { atOnce } from './at-once';

/** Looks keys up by their hashes in hex; an answer leaves out those that are unknown or revoked. */
export abstract class ApiKeys {
  abstract findAll(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>>;
}

type KnownForm = Exclude<ApiKeyForm, 'foreign'>;

interface Asker {
  resolve(found: Principal | undefined): void;
  reject(error: unknown): void;
}

interface Asked extends Asker {
  readonly hash: string;
}

interface Waiting {
  readonly askers: Asker[];
  looksLeft: number;
}

/** Callers of each form that may be looked up at a time. */
const CALLERS_MAX = 1_000;
/** Hashes that one look asks for. */
const BATCH_MAX = 512;
/** Keys that are waited for at a time. */
const WAITING_MAX = 32;
/** Callers that wait for one key. */
const ASKERS_MAX = 128;
const RETRY_MS = 50;

/**
 * Look-ups that stay few however many callers ask: one look is under way at a time, and it asks for all the keys that
 * came in meanwhile, those with a right check value first. A key that is right but not yet known may have been issued an
 * instant ago; a few such keys are waited for, by one shared look each 50 ms. Callers are bounded by the form of their
 * keys: those that anybody can make up take no place of those that were issued. Who waits has given its place back: a key
 * that was revoked is right too.
 */
export class KeyLookups {
  private readonly queues: Readonly<Record<KnownForm, Asked[]>> = { checked: [], unchecked: [] };
  private readonly places = { checked: atOnce(CALLERS_MAX), unchecked: atOnce(CALLERS_MAX) };
  private readonly waiting = new Map<string, Waiting>();
  private looking = false;

  /** @param patienceMs how long a key that is not yet known is waited for. */
  constructor(
    private readonly keys: ApiKeys,
    private readonly patienceMs: number,
  ) {}

  /** @param hash in hex. Errors: UNAVAILABLE `TOO_MANY_CALLS` where there is no place for one more of this form. */
  async find(hash: string, form: KnownForm): Promise<Principal | undefined> {
    const found = await this.places[form](() => this.lookUp(hash, form));
    return found || form === 'unchecked' ? found : this.waitFor(hash);
  }

  private lookUp(hash: string, form: KnownForm): Promise<Principal | undefined> {
    return new Promise((resolve, reject) => {
      this.queues[form].push({ hash, resolve, reject });
      if (!this.looking) void this.look();
    });
  }

  private async look(): Promise<void> {
    this.looking = true;
    for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) {
      try {
        const found = await this.keys.findAll(batch.map(({ hash }) => hash));
        for (const asked of batch) asked.resolve(found.get(asked.hash));
      } catch (error) {
        for (const asked of batch) asked.reject(error);
      }
    }
    this.looking = false;
  }

  private nextBatch(): readonly Asked[] {
    const { checked, unchecked } = this.queues;
    const first = checked.splice(0, BATCH_MAX);
    return [...first, ...unchecked.splice(0, BATCH_MAX - first.length)];
  }

  /** Undefined at once where there is no room to wait, or no patience. */
  private waitFor(hash: string): Promise<Principal | undefined> {
    const waiting = this.waiting.get(hash) ?? this.beginWaiting(hash);
    if (!waiting || waiting.askers.length >= ASKERS_MAX) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => waiting.askers.push({ resolve, reject }));
  }

  private beginWaiting(hash: string): Waiting | undefined {
    const looksLeft = Math.ceil(this.patienceMs / RETRY_MS);
    if (looksLeft === 0 || this.waiting.size >= WAITING_MAX) return undefined;
    const waiting: Waiting = { askers: [], looksLeft };
    this.waiting.set(hash, waiting);
    if (this.waiting.size === 1) void this.watch();
    return waiting;
  }

  /** Runs while anybody waits. */
  private async watch(): Promise<void> {
    while (this.waiting.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      try {
        this.tell(await this.keys.findAll([...this.waiting.keys()]));
      } catch (error) {
        for (const { askers } of this.waiting.values()) for (const asked of askers) asked.reject(error);
        this.waiting.clear();
      }
    }
  }

  private tell(found: ReadonlyMap<string, Principal>): void {
    for (const [hash, waiting] of this.waiting) {
      const principal = found.get(hash);
      waiting.looksLeft--;
      if (!principal && waiting.looksLeft > 0) continue;
      this.waiting.delete(hash);
      for (const asked of waiting.askers) asked.resolve(principal);
    }
  }
}
