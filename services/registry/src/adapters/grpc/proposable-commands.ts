import type { Caller, RpcFacts } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ProposedCommand } from '../../app/approval/approval.ports';
import type { ApprovedCommand } from '../../app/approval/carry-out-proposal.handler';
import type { ProposedCredential } from '../../app/integration/proposed-credential';
import { fromProtoAliasRequest, fromProtoDeploymentRequest } from './deployment-conversion';
import {
  fromProtoReconfigureIntegrationRequest,
  fromProtoRotateCredentialRequest,
  fromProtoSwitchRequest,
} from './integration-conversion';
import {
  fromProtoChangeModelAccessRequest,
  fromProtoDefineCustomModelRequest,
  fromProtoOverridePriceRequest,
  fromProtoRemoveCustomModelRequest,
  fromProtoRemovePriceOverrideRequest,
  fromProtoSetPriceMultiplierRequest,
} from './integration-models-conversion';
import { fromProtoWriteSecretReferenceRequest } from './secret-reference-conversion';

/** How a request is written and read again, as the JSON of its message. */
interface RequestMessage<Request> {
  toJSON(request: Request): unknown;
  fromJSON(json: unknown): Request;
}

interface Proposable {
  /** Of its RPC. */
  readonly path: string;
  readonly write: (request: object) => string;
  readonly read: (json: string, caller: Caller, credential?: ProposedCredential) => ApprovedCommand;
}

const proposable = <Request>(
  { path }: { readonly path: string },
  message: RequestMessage<Request>,
  read: (request: Request, caller: Caller, credential?: ProposedCredential) => ApprovedCommand,
): Proposable => ({
  path,
  write: (request) => JSON.stringify(message.toJSON(request as Request)),
  // Whoever asked saw it at the revision that they named, and it was judged there: what may have changed since is said by that.
  read: (json, caller, credential) =>
    read({ ...message.fromJSON(JSON.parse(json)), expectedRevision: undefined }, caller, credential),
});

const { IntegrationServiceService: integrations, SecretReferenceServiceService: references } = registryV1;

/** Every command that can wait for an approval: its RPC, its request, and how that is read. */
const PROPOSABLE: Readonly<Record<string, Proposable>> = {
  EnableIntegration: proposable(
    integrations.enableIntegration,
    registryV1.EnableIntegrationRequest,
    (request, caller) => fromProtoSwitchRequest(request, caller, 'EnableIntegration'),
  ),
  RotateCredential: proposable(
    integrations.rotateCredential,
    registryV1.RotateCredentialRequest,
    fromProtoRotateCredentialRequest,
  ),
  ReconfigureIntegration: proposable(
    integrations.reconfigureIntegration,
    registryV1.ReconfigureIntegrationRequest,
    fromProtoReconfigureIntegrationRequest,
  ),
  AddDeployment: proposable(integrations.addDeployment, registryV1.AddDeploymentRequest, (request, caller) =>
    fromProtoDeploymentRequest(request, caller, 'AddDeployment'),
  ),
  ChangeDeployment: proposable(
    integrations.changeDeployment,
    registryV1.ChangeDeploymentRequest,
    (request, caller) => fromProtoDeploymentRequest(request, caller, 'ChangeDeployment'),
  ),
  RemoveDeployment: proposable(
    integrations.removeDeployment,
    registryV1.RemoveDeploymentRequest,
    (request, caller) => fromProtoAliasRequest(request, caller, 'RemoveDeployment'),
  ),
  SetDefaultDeployment: proposable(
    integrations.setDefaultDeployment,
    registryV1.SetDefaultDeploymentRequest,
    (request, caller) => fromProtoAliasRequest(request, caller, 'SetDefaultDeployment'),
  ),
  ChangeModelAccess: proposable(
    integrations.changeModelAccess,
    registryV1.ChangeModelAccessRequest,
    fromProtoChangeModelAccessRequest,
  ),
  DefineCustomModel: proposable(
    integrations.defineCustomModel,
    registryV1.DefineCustomModelRequest,
    fromProtoDefineCustomModelRequest,
  ),
  RemoveCustomModel: proposable(
    integrations.removeCustomModel,
    registryV1.RemoveCustomModelRequest,
    fromProtoRemoveCustomModelRequest,
  ),
  OverridePrice: proposable(
    integrations.overridePrice,
    registryV1.OverridePriceRequest,
    fromProtoOverridePriceRequest,
  ),
  RemovePriceOverride: proposable(
    integrations.removePriceOverride,
    registryV1.RemovePriceOverrideRequest,
    fromProtoRemovePriceOverrideRequest,
  ),
  SetPriceMultiplier: proposable(
    integrations.setPriceMultiplier,
    registryV1.SetPriceMultiplierRequest,
    fromProtoSetPriceMultiplierRequest,
  ),
  ChangeSecretReference: proposable(
    references.changeSecretReference,
    registryV1.ChangeSecretReferenceRequest,
    (request, caller) => fromProtoWriteSecretReferenceRequest(request, caller, 'ChangeSecretReference'),
  ),
};

/** The command of a request, without what of it is secret; undefined for one that cannot wait for an approval. */
export const proposedAt = (rpc: RpcFacts, request: object): ProposedCommand | undefined => {
  const [name, command] = Object.entries(PROPOSABLE).find(([, { path }]) => path === rpc.path) ?? [];
  if (name === undefined || command === undefined) return undefined;
  const told = { ...request, ...Object.fromEntries(rpc.secretFields.map((field) => [field, {}])) };
  return { name, requestJson: command.write(told) };
};

/** INVALID `COMMAND_UNKNOWN`; else those of the command's own request. */
export const approvedCommand = (
  { name, requestJson }: ProposedCommand,
  caller: Caller,
  credential: ProposedCredential | undefined,
): ApprovedCommand => {
  const command = Object.hasOwn(PROPOSABLE, name) ? PROPOSABLE[name] : undefined;
  if (!command) throw new AppError('INVALID', 'COMMAND_UNKNOWN');
  return command.read(requestJson, caller, credential);
};
