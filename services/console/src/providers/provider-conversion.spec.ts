import { meteringV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { type ProviderStanding, toRestProvider } from './provider-conversion';

const NOW = new Date('2026-01-02T00:00:00Z');
const BUDGET = typeV1.Limit.fromPartial({
  kind: { $case: 'budget', value: { amount: { $case: 'tokens', value: 100n }, reset: {} } },
});

const statusOf = (provision: Partial<provisioningV1.Provision>, states: ProviderStanding['states']) =>
  toRestProvider({ ...provisioningV1.Provision.create(), ...provision }, { now: NOW, states }).status;

const state = (said: Partial<meteringV1.LimitState>): meteringV1.LimitState => ({
  ...meteringV1.LimitState.create(),
  ...{ budget: true, limit: 100n },
  ...said,
});

const limits = [BUDGET];

it.each([
  ['active', {}, []],
  ['active', { expiresAt: new Date(NOW.getTime() + 1) }, []],
  ['expired', { expiresAt: NOW }, []],
  // Nothing was asked for in its period.
  ['active', { limits }, []],
  ['active', { limits }, [state({ spent: 60n, held: 39n })]],
  ['exhausted', { limits }, [state({ spent: 60n, held: 40n })]],
  ['exhausted', { limits }, [state({ spent: 1n, exhausted: true })]],
  // A window that is full now.
  ['active', { limits }, [state({ budget: false, spent: 100n })]],
  [null, { limits }, undefined],
  ['expired', { limits, expiresAt: NOW }, undefined],
])('a provider is %s', (status, provision, states) => {
  expect(statusOf(provision, states)).toBe(status);
});
