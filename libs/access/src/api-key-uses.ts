import type { ApiKeyId, Clock } from '@gatehouse/kernel';

/** Where a service keeps in which hour it last let each key in. */
export abstract class ApiKeyUses {
  /** Moves none of them back. */
  abstract keep(hours: ReadonlyMap<ApiKeyId, Date>): Promise<void>;
  /** The hour of each that was ever let in, and since when that is kept. */
  abstract find(apiKeyIds: readonly ApiKeyId[]): Promise<KeptUses>;
}

export interface KeptUses {
  /** By its beginning. */
  readonly hours: ReadonlyMap<ApiKeyId, Date>;
  readonly since: Date;
}

const HOUR_MS = 3_600_000;

/**
 * Takes down which keys are let in, once for each and hour. Nobody waits for it, and no call fails by it: what could not be
 * kept is tried again with the key's next call. It remembers the keys of one hour.
 */
export class NotedApiKeyUses {
  private hour = Number.NaN;
  private readonly noted = new Set<ApiKeyId>();
  private waiting = new Map<ApiKeyId, Date>();
  private keeping = false;

  constructor(
    private readonly uses: Pick<ApiKeyUses, 'keep'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly failed: (error: unknown) => void,
  ) {}

  note(id: ApiKeyId): void {
    const now = this.clock.now().getTime();
    const hour = now - (now % HOUR_MS);
    if (hour !== this.hour) this.noted.clear();
    this.hour = hour;
    if (this.noted.has(id)) return;
    this.noted.add(id);
    this.waiting.set(id, new Date(hour));
    if (!this.keeping) void this.keepAll();
  }

  /** One statement at a time, whoever calls. */
  private async keepAll(): Promise<void> {
    this.keeping = true;
    while (this.waiting.size > 0) {
      const hours = this.waiting;
      this.waiting = new Map();
      try {
        await this.uses.keep(hours);
      } catch (error) {
        for (const id of hours.keys()) this.noted.delete(id);
        this.failed(error);
      }
    }
    this.keeping = false;
  }
}
