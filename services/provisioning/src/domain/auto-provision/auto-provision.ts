import type { LimitSpec, ModelAccess } from '@gatehouse/kernel';
import type { AutoProvisionEvent } from './auto-provision.events';

/** What a policy gives. One that is off says what it gave last. */
interface Defaults {
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
}

export type AutoProvision =
  { readonly status: 'none' } | ({ readonly status: 'on' | 'off' } & Defaults) | { readonly status: 'ended' };

/** Of one that was turned off before it was set. */
const GIVES_NOTHING: Defaults = { limits: [], models: { all: true } };

export const evolve = (policy: AutoProvision, event: AutoProvisionEvent): AutoProvision => {
  switch (event.type) {
    case 'AutoProvisionPolicySet': {
      const { limits, models } = event;
      return { status: 'on', limits, models };
    }
    case 'AutoProvisionTurnedOff':
      return policy.status === 'ended' ? policy : { ...GIVES_NOTHING, ...policy, status: 'off' };
    case 'AutoProvisionEnded':
      return { status: 'ended' };
  }
};
