import type { Caller } from '@gatehouse/grpc';
import { apiKeyId, ROLE_SCOPES } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import type { Command } from '@nestjs/cqrs';
import type { Answered } from '../../app/answered';
import { CarryOutAtRegistryCommand } from '../../app/proposal/carry-out-at-registry.handler';
import { CarryOutAtMeteringCommand } from '../../app/proposal/carry-out-at-metering.handler';
import { ProposedCommands, type Proposer } from '../../app/proposal/proposal.ports';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { fromProtoProposedCommand, toProtoProposedCommand } from '../events/proposal.codec';
import { fromProtoChangeApiKeyLimitsRequest, fromProtoChangeApiKeyModelsRequest } from './api-key-conversion';
import { fromProtoChangeApprovalRequest } from './approval-conversion';
import { fromProtoSetAutoProvisionRequest } from './auto-provision-conversion';
import { fromProtoBulkProvisionRequest } from './bulk-provision-conversion';
import { fromProtoChangeLimitsRequest } from './limit-conversion';
import {
  fromProtoAllowModelsRequest,
  fromProtoChangeProvisionExpiryRequest,
  fromProtoChangeProvisionLimitsRequest,
  fromProtoEnableProvisionRequest,
  fromProtoProvisionIntegrationRequest,
  fromProtoRaiseProvisionLimitRequest,
} from './provision-conversion';
import { fromProtoChangeWorkspaceLimitsRequest } from './workspace-conversion';

/** The registry's are read by the registry, and metering's by metering. */
type Case = Exclude<
  NonNullable<provisioningV1.ProposedCommand['command']>,
  { readonly $case: 'registry' | 'resetBudget' | 'correctUsage' }
>;

type Proposables = {
  readonly [Name in Case['$case']]: {
    /** Of its RPC. */
    readonly path: string;
    readonly read: (
      request: Extract<Case, { readonly $case: Name }>['value'],
      caller: Caller,
    ) => Command<Answered<unknown>>;
  };
};

const {
  ApiKeyServiceService: keys,
  ApprovalServiceService: approvals,
  AutoProvisionServiceService: policies,
  BulkProvisionServiceService: bulks,
  LimitServiceService: limits,
  ProvisionServiceService: provisions,
  WorkspaceServiceService: workspaces,
} = provisioningV1;

/** Every command that can wait for an approval: its RPC, and how its request is read. */
const PROPOSABLE: Proposables = {
  provisionIntegration: {
    path: provisions.provisionIntegration.path,
    read: fromProtoProvisionIntegrationRequest,
  },
  changeProvisionLimits: {
    path: provisions.changeProvisionLimits.path,
    read: fromProtoChangeProvisionLimitsRequest,
  },
  raiseProvisionLimit: {
    path: provisions.raiseProvisionLimit.path,
    read: fromProtoRaiseProvisionLimitRequest,
  },
  changeProvisionExpiry: {
    path: provisions.changeProvisionExpiry.path,
    read: fromProtoChangeProvisionExpiryRequest,
  },
  allowModels: { path: provisions.allowModels.path, read: fromProtoAllowModelsRequest },
  enableProvision: { path: provisions.enableProvision.path, read: fromProtoEnableProvisionRequest },
  changeWorkspaceLimits: {
    path: workspaces.changeWorkspaceLimits.path,
    read: fromProtoChangeWorkspaceLimitsRequest,
  },
  changeLimits: { path: limits.changeLimits.path, read: fromProtoChangeLimitsRequest },
  setAutoProvision: { path: policies.setAutoProvision.path, read: fromProtoSetAutoProvisionRequest },
  bulkProvision: { path: bulks.bulkProvision.path, read: fromProtoBulkProvisionRequest },
  changeApiKeyLimits: { path: keys.changeApiKeyLimits.path, read: fromProtoChangeApiKeyLimitsRequest },
  changeApiKeyModels: { path: keys.changeApiKeyModels.path, read: fromProtoChangeApiKeyModelsRequest },
  changeApproval: { path: approvals.changeApproval.path, read: fromProtoChangeApprovalRequest },
};

/** The command of a request at the path of an RPC; undefined for one that cannot wait for an approval. */
export const proposedAt = (path: string, request: object): ProposedCommand | undefined => {
  const name = Object.entries(PROPOSABLE).find(([, proposable]) => proposable.path === path)?.[0];
  return name === undefined
    ? undefined
    : fromProtoProposedCommand({ command: { $case: name, value: request } as Case });
};

@Injectable()
export class ProposableCommands extends ProposedCommands {
  /**
   * Its proposer was judged when it was proposed: what it is carried out by is that somebody else has approved it, whatever has
   * become of the proposer's key since.
   */
  commandOf(proposed: ProposedCommand, { organizationId, actor }: Proposer): Command<unknown> {
    const { command } = toProtoProposedCommand(proposed);
    if (!command) throw new Error(`no command that is known: ${proposed}`);
    if (command.$case === 'registry')
      return new CarryOutAtRegistryCommand(proposed, { organizationId, actor });
    if (command.$case === 'resetBudget' || command.$case === 'correctUsage')
      return new CarryOutAtMeteringCommand(proposed, { organizationId, actor });
    const principal = {
      kind: 'organizationKey',
      role: 'owner',
      keyId: apiKeyId(actor.id),
      organizationId,
      scopes: ROLE_SCOPES.owner,
      bounded: false,
    } as const;
    const { read } = PROPOSABLE[command.$case];
    return read(command.value as never, { principal, address: actor.address });
  }
}
