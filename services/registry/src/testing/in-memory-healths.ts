import type { IntegrationId } from '@gatehouse/kernel';
import { type Health, Healths } from '../app/health/health.ports';

export class InMemoryHealths extends Healths {
  private readonly healths = new Map<IntegrationId, Health>();

  async merge(health: Health): Promise<Health | undefined> {
    const kept = this.healths.get(health.integrationId);
    if (kept && kept.credentialVersion > health.credentialVersion) return undefined;
    const same = kept?.credentialVersion === health.credentialVersion ? kept : undefined;
    const merged = {
      ...health,
      lastSuccessAt: later(same?.lastSuccessAt, health.lastSuccessAt),
      lastUnauthorizedAt: later(same?.lastUnauthorizedAt, health.lastUnauthorizedAt),
      lastForbiddenAt: later(same?.lastForbiddenAt, health.lastForbiddenAt),
      lastRateLimitedAt: later(same?.lastRateLimitedAt, health.lastRateLimitedAt),
    };
    this.healths.set(health.integrationId, merged);
    return merged;
  }

  async find(id: IntegrationId): Promise<Health | undefined> {
    return this.healths.get(id);
  }

  async findAll(ids: readonly IntegrationId[]): Promise<readonly Health[]> {
    return ids.flatMap((id) => this.healths.get(id) ?? []);
  }
}

const later = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one && other ? (one > other ? one : other) : (one ?? other);
