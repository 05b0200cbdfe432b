import type { Limit } from '@gatehouse/kernel';

export interface IntegrationLimitsState {
  readonly limits: readonly Limit[];
}
