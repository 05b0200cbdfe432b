import type { LimitSpec, ModelAccess } from '@gatehouse/kernel';
import type { AutoProvisionEvent } from './auto-provision.events';

/** What a policy gives. One that is off says what it gave last. */
interface Defaults {
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
}

export type AutoProvision =
  { readonly status: 'none' } | ({ readonly status: 'on' | 'off' } & Defaults) | { readonly status: 'ended' };

export const evolve = (policy: AutoProvision, event: AutoProvisionEvent): AutoProvision => {
  switch (event.type) {
    case 'AutoProvisionPolicySet': {
      const { limits, models } = event;
      return { status: 'on', limits, models };
    }
    case 'AutoProvisionTurnedOff':
      return policy.status === 'on' ? { ...policy, status: 'off' } : policy;
    case 'AutoProvisionEnded':
      return { status: 'ended' };
  }
};
