import {
  ACCESS_SCOPES,
  type AccessScope,
  apiKeyId,
  type JudgedStream,
  limitId,
  organizationId,
} from '@gatehouse/kernel';
import type { Caller } from '@gatehouse/grpc';
import { metadataOf } from '@gatehouse/platform';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { ProposeChangeCommand } from '../../app/proposal/propose-change.handler';
import type { KnownProposal } from '../../domain/proposal/proposal';
import { fromProtoProposedCommand } from '../events/proposal.codec';
import { toProtoStatus } from './approval-conversion';
import { ProvisioningChecks } from './request-fields';

/** In the name of the key that the registry was asked with. */
export const fromProtoProposeChangeRequest = (
  request: provisioningV1.ProposeChangeRequest,
  caller: Caller,
): ProposeChangeCommand => {
  const checks = new ProvisioningChecks();
  if (!request.command?.name) checks.fault('command', 'is required');
  if (request.judgedStream === '') checks.fault('judged_stream', 'is required');
  const { command: value, judgedStream: name, judgedRevision: revision } = request;
  return proposing(checks, caller, request, {
    ...{ asked: request, command: value && { $case: 'registry', value } },
    judged: { name, revision },
  });
};

/** In the name of the key that metering was asked with. */
export const fromProtoProposeResetRequest = (
  request: provisioningV1.ProposeResetRequest,
  caller: Caller,
): ProposeChangeCommand => {
  const checks = new ProvisioningChecks();
  const { reset: value } = request;
  const asked = value?.request ?? { requestId: '', reason: '', limitId: '' };
  const limit = checks.id('reset.request.limit_id', asked.limitId, limitId);
  if (!value?.periodStart) checks.fault('reset.period_start', 'is required');
  return proposing(checks, caller, request, {
    ...{ asked, command: value && { $case: 'resetBudget', value } },
    judged: { name: `budget-${limit}`, revision: undefined },
  });
};

/** What services propose, as far as it is the same. */
const proposing = (
  checks: ProvisioningChecks,
  caller: Caller,
  from: Pick<provisioningV1.ProposeResetRequest, 'organizationId' | 'proposedBy' | 'scopes'>,
  { asked, command, judged }: Proposed,
): ProposeChangeCommand => {
  const organization = checks.id('organization_id', from.organizationId, organizationId);
  const { requestId, reason } = checks.command(asked);
  const { kind, id = '', address = '' } = from.proposedBy ?? {};
  if (kind !== typeV1.ActorKind.API_KEY) checks.fault('proposed_by.kind', 'must be a key');
  const key = checks.id('proposed_by.id', id, apiKeyId);
  if (from.scopes.length === 0 || !from.scopes.every(isAccessScope))
    checks.fault('scopes', 'must be at least one of those there are');
  checks.done();
  const origin = { caller, organizationId: organization, requestId, reason, command: 'ProposeChange' };
  const metadata = { ...metadataOf(origin), actor: { kind: 'apiKey', id: key, address } } as const;
  const scopes = from.scopes.filter(isAccessScope);
  return new ProposeChangeCommand(metadata, {
    command: fromProtoProposedCommand({ command }),
    judged,
    scopes,
  });
};

interface Proposed extends provisioningV1.ProposedCommand {
  readonly asked: { readonly requestId: string; readonly reason: string };
  readonly judged: JudgedStream;
}

const isAccessScope = (scope: string): scope is AccessScope =>
  (ACCESS_SCOPES as readonly string[]).includes(scope);

/** Of a change and of a reset. */
export const toProtoMadeProposal = ({
  proposalId,
  status,
  expiresAt,
}: KnownProposal): provisioningV1.ProposeChangeResponse & provisioningV1.ProposeResetResponse => ({
  proposalId,
  status: toProtoStatus(status),
  expiresAt,
});
