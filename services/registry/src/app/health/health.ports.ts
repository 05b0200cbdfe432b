import type { IntegrationId } from '@gatehouse/kernel';

/** When calls were last answered so, with one version of a credential. */
export interface Health {
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
  readonly lastSuccessAt: Date | undefined;
  /** 401. */
  readonly lastUnauthorizedAt: Date | undefined;
  /** 403. */
  readonly lastForbiddenAt: Date | undefined;
  /** 429. */
  readonly lastRateLimitedAt: Date | undefined;
}

/** The last times of every integration, from whatever gateways say. */
export abstract class Healths {
  /**
   * Keeps the later of each time and answers what is kept then. A later version begins anew; undefined for an earlier one
   * than is kept.
   */
  abstract merge(health: Health): Promise<Health | undefined>;
  abstract find(id: IntegrationId): Promise<Health | undefined>;
  /** Of those of which anything is kept, in no order. */
  abstract findAll(ids: readonly IntegrationId[]): Promise<readonly Health[]>;
}
