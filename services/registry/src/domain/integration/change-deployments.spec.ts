import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import type { IntegrationEvent } from './integration.events';
import { connected, deleted, deployment, id, reconfigured, settings } from './testing/integration-history';

const azure: IntegrationEvent = { ...connected, dialect: 'azure-openai' };
const add = (alias: string, isDefault = false) =>
  ({ type: 'AddDeployment', integrationId: id, deployment: deployment(alias, isDefault) }) as const;
const added = (alias: string, isDefault = false) =>
  ({ type: 'DeploymentAdded', integrationId: id, deployment: deployment(alias, isDefault) }) as const;
const change = (alias: string, model: string) =>
  ({ type: 'ChangeDeployment', integrationId: id, deployment: { ...deployment(alias), model } }) as const;
const remove = (alias: string) => ({ type: 'RemoveDeployment', integrationId: id, alias }) as const;
const makeDefault = (alias: string) => ({ type: 'SetDefaultDeployment', integrationId: id, alias }) as const;

describe('the deployments of an integration', () => {
  test('the first is the default, the next is not', () => {
    given(integrationDecider, azure).when(add('a')).then(added('a', true));
    given(integrationDecider, azure, added('a', true)).when(add('b')).then(added('b'));
  });

  test('one may be added as the default, and is then the only one', () => {
    given(integrationDecider, azure, added('a', true)).when(add('b', true)).then(added('b', true));
    given(integrationDecider, azure, added('a', true), added('b', true))
      .when(remove('a'))
      .then({ type: 'DeploymentRemoved', integrationId: id, alias: 'a' });
  });

  test('an alias stands once', () =>
    given(integrationDecider, azure, added('a', true)).when(add('a')).thenRefused('DEPLOYMENT_ALIAS_TAKEN'));

  test('a change leaves which one is the default; none records nothing', () => {
    given(integrationDecider, azure, added('a', true))
      .when(change('a', 'other'))
      .then({
        type: 'DeploymentChanged',
        integrationId: id,
        deployment: { ...deployment('a', true), model: 'other' },
      });
    given(integrationDecider, azure, added('a', true))
      .when(change('a', deployment('a').model))
      .then();
  });

  test('the default is not removed while there are others, and the last one is', () => {
    given(integrationDecider, azure, added('a', true), added('b'))
      .when(remove('a'))
      .thenRefused('DEPLOYMENT_IS_DEFAULT');
    given(integrationDecider, azure, added('a', true))
      .when(remove('a'))
      .then({ type: 'DeploymentRemoved', integrationId: id, alias: 'a' });
  });

  test('another becomes the default; the one that is records nothing', () => {
    given(integrationDecider, azure, added('a', true), added('b'))
      .when(makeDefault('b'))
      .then({ type: 'DefaultDeploymentChanged', integrationId: id, alias: 'b' });
    given(integrationDecider, azure, added('a', true)).when(makeDefault('a')).then();
  });

  test('what is not there is not found', () => {
    for (const command of [change('x', 'm'), remove('x'), makeDefault('x')]) {
      given(integrationDecider, azure, added('a', true)).when(command).thenRefused('DEPLOYMENT_UNKNOWN');
    }
  });

  test('are up to a hundred', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => added(`a${index}`, index === 0));
    given(integrationDecider, azure, ...hundred)
      .when(add('more'))
      .thenRefused('DEPLOYMENTS_TOO_MANY');
  });

  test('are of those who speak Azure’s language', () => {
    given(integrationDecider, connected).when(add('a')).thenRefused('DEPLOYMENTS_NOT_TAKEN');
    given(integrationDecider, azure, deleted).when(add('a')).thenRefused('INTEGRATION_DELETED');
    given(integrationDecider, azure, added('a', true))
      .when({
        type: 'ReconfigureIntegration',
        integrationId: id,
        settings: { ...settings, dialect: 'openai' },
        missingOrigins: [],
        credential: undefined,
      })
      .thenRefused('DEPLOYMENTS_LEFT');
    given(integrationDecider, azure, reconfigured({ dialect: 'openai' }))
      .when(add('a'))
      .thenRefused('DEPLOYMENTS_NOT_TAKEN');
  });
});
