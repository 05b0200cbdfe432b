import { ACCESS_SCOPES, type AccessScope, apiKeyId, organizationId } from '@gatehouse/kernel';
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
  const organization = checks.id('organization_id', request.organizationId, organizationId);
  const { requestId, reason } = checks.command(request);
  const { kind, id = '', address = '' } = request.proposedBy ?? {};
  if (kind !== typeV1.ActorKind.API_KEY) checks.fault('proposed_by.kind', 'must be a key');
  const key = checks.id('proposed_by.id', id, apiKeyId);
  if (!request.command?.name) checks.fault('command', 'is required');
  if (request.judgedStream === '') checks.fault('judged_stream', 'is required');
  if (request.scopes.length === 0 || !request.scopes.every(isAccessScope))
    checks.fault('scopes', 'must be at least one of those there are');
  checks.done();
  const origin = { caller, organizationId: organization, requestId, reason, command: 'ProposeChange' };
  const metadata = { ...metadataOf(origin), actor: { kind: 'apiKey', id: key, address } } as const;
  const { command: value, judgedStream: name, judgedRevision: revision } = request;
  return new ProposeChangeCommand(metadata, {
    command: fromProtoProposedCommand(value && { command: { $case: 'registry', value } }),
    judged: { name, revision },
    scopes: request.scopes.filter(isAccessScope),
  });
};

const isAccessScope = (scope: string): scope is AccessScope =>
  (ACCESS_SCOPES as readonly string[]).includes(scope);

export const toProtoProposeChangeResponse = ({
  proposalId,
  status,
  expiresAt,
}: KnownProposal): provisioningV1.ProposeChangeResponse => ({
  proposalId,
  status: toProtoStatus(status),
  expiresAt,
});
