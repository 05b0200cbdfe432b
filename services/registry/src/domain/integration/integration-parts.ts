import type { IntegrationEvent } from './integration.events';

/** What of an integration can be proposed and approved by itself. Its hosts are with its credential, which is sealed for them. */
const PARTS = ['credential', 'deployments', 'models', 'prices', 'serving'] as const;

type Part = (typeof PARTS)[number];

/** The name of an integration, and what its provider thinks of its credential, are no part; its beginning and its end are all. */
const PARTS_OF: Readonly<Record<IntegrationEvent['type'], readonly Part[]>> = {
  CredentialRotated: ['credential'],
  IntegrationReconfigured: ['credential'],
  DeploymentAdded: ['deployments'],
  DeploymentChanged: ['deployments'],
  DeploymentRemoved: ['deployments'],
  DefaultDeploymentChanged: ['deployments'],
  ListedModelsSelected: ['models'],
  ModelSelectionCleared: ['models'],
  IntegrationModelsAllowed: ['models'],
  IntegrationModelsRevoked: ['models'],
  AutoEnableModelsTurnedOn: ['models'],
  AutoEnableModelsTurnedOff: ['models'],
  CustomModelDefined: ['models', 'prices'],
  CustomModelRemoved: ['models', 'prices'],
  PriceOverridden: ['prices'],
  PriceOverrideRemoved: ['prices'],
  PriceMultiplierSet: ['prices'],
  IntegrationEnabled: ['serving'],
  IntegrationDisabled: ['serving'],
  IntegrationRenamed: [],
  IntegrationDescribed: [],
  CredentialRejected: [],
  CredentialAccepted: [],
  IntegrationConnected: PARTS,
  IntegrationConnectAbandoned: PARTS,
  IntegrationReady: PARTS,
  IntegrationConnectRefused: PARTS,
  IntegrationDeleted: PARTS,
  IntegrationKeyDestructionScheduled: PARTS,
  IntegrationKeyDestroyed: PARTS,
};

/** The parts that an event changes: what was approved of one is carried out although another has changed since. */
export const integrationPartsOf = ({ type }: IntegrationEvent): readonly string[] => PARTS_OF[type];
