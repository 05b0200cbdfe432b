import { AppError, type IntegrationId } from '@gatehouse/kernel';
import { callsDeployments, type Deployment } from '@gatehouse/offering';
import { DEPLOYMENTS_MAX } from './deployment';
import type { LiveIntegration } from './integration';
import type { DeploymentEvent } from './integration.events';

export interface AddDeployment {
  readonly type: 'AddDeployment';
  readonly integrationId: IntegrationId;
  /** The first becomes the default, said or not. */
  readonly deployment: Deployment;
}

export interface ChangeDeployment {
  readonly type: 'ChangeDeployment';
  readonly integrationId: IntegrationId;
  /** In place of the one of its alias; which one is the default does not change. */
  readonly deployment: Deployment;
}

export interface RemoveDeployment {
  readonly type: 'RemoveDeployment';
  readonly integrationId: IntegrationId;
  readonly alias: string;
}

export interface SetDefaultDeployment {
  readonly type: 'SetDefaultDeployment';
  readonly integrationId: IntegrationId;
  readonly alias: string;
}

export type DeploymentCommand = AddDeployment | ChangeDeployment | RemoveDeployment | SetDefaultDeployment;

/**
 * REFUSED `DEPLOYMENTS_NOT_TAKEN`, `DEPLOYMENTS_TOO_MANY`, `DEPLOYMENT_IS_DEFAULT`; CONFLICT `DEPLOYMENT_ALIAS_TAKEN`;
 * NOT_FOUND `DEPLOYMENT_UNKNOWN`. What is so already is not an error: nothing is recorded.
 */
export const changeDeployments = (
  command: DeploymentCommand,
  { details: { dialect, deployments } }: LiveIntegration,
): readonly DeploymentEvent[] => {
  if (!callsDeployments(dialect)) throw new AppError('REFUSED', 'DEPLOYMENTS_NOT_TAKEN');
  switch (command.type) {
    case 'AddDeployment':
      return addDeployment(command, deployments);
    case 'ChangeDeployment':
      return changeDeployment(command, deployments);
    case 'RemoveDeployment':
      return removeDeployment(command, deployments);
    case 'SetDefaultDeployment':
      return setDefaultDeployment(command, deployments);
  }
};

const addDeployment = (
  { integrationId, deployment }: AddDeployment,
  deployments: readonly Deployment[],
): readonly DeploymentEvent[] => {
  if (deployments.some(({ alias }) => alias === deployment.alias)) {
    throw new AppError('CONFLICT', 'DEPLOYMENT_ALIAS_TAKEN');
  }
  if (deployments.length >= DEPLOYMENTS_MAX) throw new AppError('REFUSED', 'DEPLOYMENTS_TOO_MANY');
  const isDefault = deployment.isDefault || deployments.length === 0;
  return [{ type: 'DeploymentAdded', integrationId, deployment: { ...deployment, isDefault } }];
};

const changeDeployment = (
  { integrationId, deployment: wanted }: ChangeDeployment,
  deployments: readonly Deployment[],
): readonly DeploymentEvent[] => {
  const known = knownDeployment(deployments, wanted.alias);
  const { isDefault } = known;
  const same =
    known.deploymentName === wanted.deploymentName &&
    known.apiVersion === wanted.apiVersion &&
    known.model === wanted.model;
  return same ? [] : [{ type: 'DeploymentChanged', integrationId, deployment: { ...wanted, isDefault } }];
};

const removeDeployment = (
  { integrationId, alias }: RemoveDeployment,
  deployments: readonly Deployment[],
): readonly DeploymentEvent[] => {
  const { isDefault } = knownDeployment(deployments, alias);
  if (isDefault && deployments.length > 1) throw new AppError('REFUSED', 'DEPLOYMENT_IS_DEFAULT');
  return [{ type: 'DeploymentRemoved', integrationId, alias }];
};

const setDefaultDeployment = (
  { integrationId, alias }: SetDefaultDeployment,
  deployments: readonly Deployment[],
): readonly DeploymentEvent[] =>
  knownDeployment(deployments, alias).isDefault
    ? []
    : [{ type: 'DefaultDeploymentChanged', integrationId, alias }];

const knownDeployment = (deployments: readonly Deployment[], alias: string): Deployment => {
  const known = deployments.find((deployment) => deployment.alias === alias);
  if (known === undefined) throw new AppError('NOT_FOUND', 'DEPLOYMENT_UNKNOWN');
  return known;
};
