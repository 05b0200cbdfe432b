import type { Clock } from '@gatehouse/kernel';
import type { Integration } from '../domain/configuration';

/** When an integration was last answered so, with one version of its credential. */
export interface HealthTimes {
  readonly integrationId: string;
  readonly credentialVersion: number;
  lastSuccessAt?: Date;
  lastUnauthorizedAt?: Date;
  lastForbiddenAt?: Date;
  lastRateLimitedAt?: Date;
}

/** Remembers how providers answer: one look and one date per call. What is not fetched stays, and is overwritten. */
export class IntegrationHealth {
  private changed = new Map<string, HealthTimes>();

  constructor(private readonly clock: Clock) {}

  observe({ id, credentialVersion }: Pick<Integration, 'id' | 'credentialVersion'>, status: number): void {
    const field = fieldOf(status);
    if (field === undefined) return;
    const name = `${id}.${credentialVersion}`;
    const times = this.changed.get(name) ?? { integrationId: id, credentialVersion };
    times[field] = this.clock.now();
    this.changed.set(name, times);
  }

  /** What has been seen since it was last asked, at most so many. */
  take(max: number): readonly HealthTimes[] {
    const taken = [...this.changed.entries()].slice(0, max);
    for (const [name] of taken) this.changed.delete(name);
    return taken.map(([, times]) => times);
  }
}

const fieldOf = (
  status: number,
): 'lastSuccessAt' | 'lastUnauthorizedAt' | 'lastForbiddenAt' | 'lastRateLimitedAt' | undefined => {
  if (status >= 200 && status < 300) return 'lastSuccessAt';
  if (status === 401) return 'lastUnauthorizedAt';
  if (status === 403) return 'lastForbiddenAt';
  return status === 429 ? 'lastRateLimitedAt' : undefined;
};
