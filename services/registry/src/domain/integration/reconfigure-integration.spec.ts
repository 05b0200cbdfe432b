import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { settingsOf } from './integration-settings';
import {
  abandoned,
  connected,
  deleted,
  id,
  reconfigured,
  rotated,
  settings,
} from './testing/integration-history';

const reconfigure = (
  changes: Partial<typeof settings>,
  missingOrigins: readonly string[] = [],
  credentialVersion?: number,
) =>
  ({
    type: 'ReconfigureIntegration',
    integrationId: id,
    settings: { ...settings, ...changes },
    missingOrigins,
    credential:
      credentialVersion === undefined
        ? undefined
        : {
            credentialVersion,
            credentialFingerprint: `000000000000000${credentialVersion}`,
            references: {},
            credentialExpiresAt: undefined,
          },
  }) as const;
const there = { baseUrl: 'https://eu.example.com/v1', customHost: 'https://eu.example.com/v1' };
const origins = ['https://eu.example.com:443'];

describe('reconfiguring an integration', () => {
  test('within its origins records how it is called, and leaves the credential', () => {
    const path = { baseUrl: 'https://api.openai.com/v2' };
    given(integrationDecider, connected).when(reconfigure(path)).then(reconfigured(path));
    const state = [connected, rotated(2), reconfigured(path)].reduce(
      integrationDecider.evolve,
      integrationDecider.initial,
    );
    if (state.status !== 'connected') throw new Error('it is not live');
    const { details } = state;
    expect(details).toMatchObject({
      ...path,
      credentialVersion: 2,
      credentialFingerprint: '0000000000000002',
      credentialExpiresAt: undefined,
      references: {},
    });
    expect(settingsOf(details)).toEqual({ ...settings, ...path });
  });

  test('records nothing where it is called so already, in whatever order its fields are', () => {
    const fields = { a: '1', b: '2' };
    given(integrationDecider, connected).when(reconfigure({})).then();
    given(integrationDecider, connected, reconfigured({ fields }))
      .when(reconfigure({ fields: { b: '2', a: '1' } }))
      .then();
  });

  test('to another origin takes the credential, as the next version, in the same event', () => {
    given(integrationDecider, connected).when(reconfigure(there, origins)).thenRefused('CREDENTIAL_NEEDED');
    given(integrationDecider, connected)
      .when(reconfigure(there, origins, 2))
      .then(reconfigured(there, 2));
    given(integrationDecider, connected)
      .when(reconfigure(there, origins, 3))
      .thenRefused('CREDENTIAL_VERSION_TAKEN');
  });

  test('of what headers it sends takes the credential', () => {
    const headerNames = ['x-team'];
    given(integrationDecider, connected).when(reconfigure({ headerNames })).thenRefused('CREDENTIAL_NEEDED');
    given(integrationDecider, connected)
      .when(reconfigure({ headerNames }, [], 2))
      .then(reconfigured({ headerNames }, 2));
  });

  test('names the origins that the credential is needed for', () => {
    const state = integrationDecider.evolve(integrationDecider.initial, connected);
    expect(() => integrationDecider.decide(reconfigure(there, [...origins, 'https://b:443']), state)).toThrow(
      expect.objectContaining({ metadata: { origins: 'https://eu.example.com:443 https://b:443' } }),
    );
  });

  test('is refused where there is none', () => {
    given(integrationDecider, connected, deleted).when(reconfigure({})).thenRefused('INTEGRATION_DELETED');
    given(integrationDecider).when(reconfigure({})).thenRefused('INTEGRATION_UNKNOWN');
    given(integrationDecider, abandoned).when(reconfigure({})).thenRefused('INTEGRATION_UNKNOWN');
  });
});
