import { deriveId, integrationId, type LimitSpec, organizationId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { autoProvisionDecider } from './auto-provision.decider';

const about = {
  organizationId: organizationId(deriveId('org', 'a')),
  integrationId: integrationId(deriveId('int', 'a')),
};
const hourly: LimitSpec = { kind: 'rate', unit: 'requests', amount: 5n, window: 'hour' };
const small = { all: false, names: ['small'] } as const;
const set = {
  type: 'SetAutoProvision',
  ...about,
  limits: [hourly],
  models: small,
  existing: undefined,
  offered: ['small', 'large'],
} as const;
const policy = { type: 'AutoProvisionPolicySet', ...about, limits: [hourly], models: small } as const;
const turnOff = { type: 'TurnOffAutoProvision', ...about, isAwaited: false } as const;
const off = { type: 'AutoProvisionTurnedOff', ...about } as const;
const end = { type: 'EndAutoProvision', ...about } as const;
const ended = { type: 'AutoProvisionEnded', ...about } as const;

describe('setting a policy', () => {
  it('records it', () => given(autoProvisionDecider).when(set).then(policy));
  it('records nothing where it is in force already', () =>
    given(autoProvisionDecider, policy).when(set).then());
  it('records it anew for the workspaces that were created before', () =>
    given(autoProvisionDecider, policy)
      .when({ ...set, existing: 'keep' })
      .then({ ...policy, existing: 'keep' }));
  it('records it anew once it was turned off', () =>
    given(autoProvisionDecider, policy, off).when(set).then(policy));
  it('replaces limits, and models', () => {
    given(autoProvisionDecider, policy)
      .when({ ...set, limits: [] })
      .then({ ...policy, limits: [] });
    given(autoProvisionDecider, policy)
      .when({ ...set, models: { all: true } })
      .then({ ...policy, models: { all: true } });
  });
  it('is refused for models that the integration does not offer', () =>
    given(autoProvisionDecider)
      .when({ ...set, offered: ['large'] })
      .thenRefused('REQUEST_INVALID'));
  it('is refused for limits that bound the same', () =>
    given(autoProvisionDecider)
      .when({ ...set, limits: [hourly, hourly] })
      .thenRefused('REQUEST_INVALID'));
  it('is refused once the integration is gone', () =>
    given(autoProvisionDecider, policy, ended).when(set).thenRefused('INTEGRATION_UNKNOWN'));
});

describe('turning a policy off', () => {
  it('records it once', () => {
    given(autoProvisionDecider, policy).when(turnOff).then(off);
    given(autoProvisionDecider, policy, off).when(turnOff).then();
    given(autoProvisionDecider).when(turnOff).then();
  });
  it('that came with the connection records it before it is set, once', () => {
    const awaited = { ...turnOff, isAwaited: true };
    given(autoProvisionDecider).when(awaited).then(off);
    given(autoProvisionDecider, off).when(awaited).then();
    given(autoProvisionDecider, off).when(set).then(policy);
  });
});

describe('the end of the integration', () => {
  it('ends a policy, on or off, once', () => {
    given(autoProvisionDecider, policy).when(end).then(ended);
    given(autoProvisionDecider, policy, off).when(end).then(ended);
    given(autoProvisionDecider, policy, ended).when(end).then();
  });
  it('records nothing where there was never one', () => given(autoProvisionDecider).when(end).then());
});
