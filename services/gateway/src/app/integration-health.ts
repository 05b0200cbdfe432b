import type { Clock } from '@gatehouse/kernel';
import type { Integration } from '../domain/configuration';
import { credentialNameOf } from '../domain/credential-name';

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

  observe(integration: Pick<Integration, 'id' | 'credentialVersion'>, status: number): void {
    const field = fieldOf(status);
    if (field === undefined) return;
    const name = credentialNameOf(integration);
    const known = this.changed.get(name);
    if (known) {
      known[field] = this.clock.now();
      return;
    }
    const { id: integrationId, credentialVersion } = integration;
    this.changed.set(name, { integrationId, credentialVersion, [field]: this.clock.now() });
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
