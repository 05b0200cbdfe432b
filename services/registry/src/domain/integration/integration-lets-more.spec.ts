import type { Integration } from './integration';
import { integrationDecider } from './integration.decider';
import type { IntegrationEvent } from './integration.events';
import { integrationLetsMore } from './integration-lets-more';
import { connected, customModel, decided } from './testing/integration-history';

const NAME = 'gpt-4o';
const removed = decided({ type: 'CustomModelRemoved', name: NAME });
const allowed = decided({ type: 'IntegrationModelsAllowed', names: [NAME] });
const revoked = decided({ type: 'IntegrationModelsRevoked', names: [NAME] });
const autoEnabled = decided({ type: 'AutoEnableModelsTurnedOn' });
const selected = decided({ type: 'ListedModelsSelected', selectedAt: 3n });
const deployment = {
  ...{ alias: 'fast', deploymentName: 'gpt-4o-eu', apiVersion: '2024-10-21', model: NAME },
  isDefault: true,
};
const azure: IntegrationEvent = { ...connected, dialect: 'azure-openai', deployments: [deployment] };
const aliasAllowed = decided({ type: 'IntegrationModelsAllowed', names: [deployment.alias] });

const letsMore = (...before: readonly IntegrationEvent[]): boolean => {
  const history = [...before, decided({ type: 'CustomModelDefined', model: customModel(NAME) })];
  const fold = (state: Integration, events: readonly IntegrationEvent[]) =>
    events.reduce(integrationDecider.evolve, state);
  const standing = fold(integrationDecider.initial, history);
  const events = [removed];
  return integrationLetsMore({
    ...{ before: standing, after: fold(standing, events) },
    ...{ events, at: new Date('2030-01-01T00:00:00Z') },
  });
};

describe('a custom model that is removed, of whose name the catalog may have another', () => {
  test.each<[string, readonly IntegrationEvent[]]>([
    ['is enabled by itself', [connected, autoEnabled]],
    ['may be among those that were selected', [connected, selected]],
    ['is behind a deployment', [azure, aliasAllowed]],
  ])('lets more where that %s', (_why, before) => expect(letsMore(...before)).toBe(true));

  test.each<[string, readonly IntegrationEvent[]]>([
    ['nothing else allows the name', [connected]],
    ['it was allowed by name, which ends with it', [connected, allowed]],
    ['the name is revoked', [connected, selected, autoEnabled, revoked]],
    ['only deployments are called, and none is of it', [{ ...azure, deployments: [] }, selected]],
    ['its deployment is not offered', [azure]],
  ])('lets no more where %s', (_why, before) => expect(letsMore(...before)).toBe(false));
});
