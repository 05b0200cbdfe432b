import { NO_EVENTS } from '@gatehouse/event-store';
import type { Caller } from '@gatehouse/grpc';
import { integrationId, workspaceId } from '@gatehouse/kernel';
import { organizationOf, parsePosition } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { ChangeLimitsCommand } from '../../app/limit/change-limits.handler';
import { GetLimitsQuery } from '../../app/limit/get-limits.handler';
import type { HeldLimits, LimitHolder } from '../../app/limit/limit-holder';
import { toProtoLimits } from '../events/recorded-limits';
import { ProvisioningChecks } from './request-fields';

export const fromProtoChangeLimitsRequest = (
  request: provisioningV1.ChangeLimitsRequest,
  caller: Caller,
): ChangeLimitsCommand => {
  const checks = new ProvisioningChecks();
  const holder = holderOf(checks, request.holder);
  const origin = { caller, organizationId: organizationOf(caller), command: COMMANDS[holder.kind] };
  const metadata = checks.metadata(request, origin);
  const limits = checks.limits(request.limits);
  const expected = checks.expectedRevision(request.expectedRevision, NO_EVENTS);
  checks.done();
  const isAwaited = parsePosition(request.atLeastPosition) !== undefined;
  return new ChangeLimitsCommand(metadata, holder, limits, expected, isAwaited);
};

/** What the log calls a change, by whose limits they are. */
const COMMANDS: Readonly<Record<LimitHolder['kind'], string>> = {
  organization: 'ChangeOrganizationLimits',
  integration: 'ChangeIntegrationLimits',
  workspaceKeys: 'ChangeWorkspaceKeyLimits',
};

export const fromProtoGetLimitsRequest = (
  request: provisioningV1.GetLimitsRequest,
  caller: Caller,
): GetLimitsQuery => {
  const checks = new ProvisioningChecks();
  const holder = holderOf(checks, request.holder);
  checks.done();
  const isAwaited = parsePosition(request.atLeastPosition) !== undefined;
  return new GetLimitsQuery(organizationOf(caller), holder, isAwaited);
};

/** The value is used only after `done`, which throws where there was a fault. */
const holderOf = (checks: ProvisioningChecks, proto: provisioningV1.LimitHolder | undefined): LimitHolder => {
  const holder = proto?.holder;
  switch (holder?.$case) {
    case 'organization':
      return { kind: 'organization' };
    case 'integrationId':
      return {
        kind: 'integration',
        integrationId: checks.id('holder.integration_id', holder.value, integrationId),
      };
    case 'keysOfWorkspaceId':
      return {
        kind: 'workspaceKeys',
        workspaceId: checks.id('holder.keys_of_workspace_id', holder.value, workspaceId),
      };
    case undefined:
      checks.fault('holder', 'is required');
      return { kind: 'organization' };
  }
};

export const toProtoHeldLimits = (
  { holder, limits, revision }: HeldLimits,
  caller: Caller,
): provisioningV1.HeldLimits => ({
  organizationId: organizationOf(caller),
  holder: { holder: toProtoHolder(holder) },
  limits: toProtoLimits(limits),
  revision,
});

const toProtoHolder = (holder: LimitHolder): provisioningV1.LimitHolder['holder'] => {
  switch (holder.kind) {
    case 'organization':
      return { $case: 'organization', value: {} };
    case 'integration':
      return { $case: 'integrationId', value: holder.integrationId };
    case 'workspaceKeys':
      return { $case: 'keysOfWorkspaceId', value: holder.workspaceId };
  }
};
