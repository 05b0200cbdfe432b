import { type Caller, RequestChecks } from '@gatehouse/grpc';
import type { Deployment } from '@gatehouse/offering';
import type { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { ChangeIntegrationCommand } from '../../app/integration/change-integration.handler';
import { deploymentFaults } from '../../domain/integration/deployment';
import { commandMetadata, fromProtoTarget } from './integration-target';

/** Of a request that has the whole deployment: to add it, to change it. */
export const fromProtoDeploymentRequest = (
  request: registryV1.AddDeploymentRequest | registryV1.ChangeDeploymentRequest,
  caller: Caller,
  type: 'AddDeployment' | 'ChangeDeployment',
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, type, checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const deployment = fromProtoDeployment(request.deployment, checks);
  checks.done();
  return new ChangeIntegrationCommand({ type, integrationId, deployment }, expectedRevision, metadata);
};

/** Of a request that names one: to remove it, to make it the default. */
export const fromProtoAliasRequest = (
  request: registryV1.RemoveDeploymentRequest | registryV1.SetDefaultDeploymentRequest,
  caller: Caller,
  type: 'RemoveDeployment' | 'SetDefaultDeployment',
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, type, checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const alias = checks.text('alias', request.alias, { min: 1, max: 64 });
  checks.done();
  return new ChangeIntegrationCommand({ type, integrationId, alias }, expectedRevision, metadata);
};

/** Its faults are the domain's to find; the value is used only where there were none. */
const fromProtoDeployment = (given: typeV1.Deployment | undefined, checks: RequestChecks): Deployment => {
  const deployment = given ?? { alias: '', deploymentName: '', apiVersion: '', model: '', isDefault: false };
  for (const { field, description } of deploymentFaults(deployment, 'deployment')) {
    checks.fault(field, description);
  }
  return deployment;
};
