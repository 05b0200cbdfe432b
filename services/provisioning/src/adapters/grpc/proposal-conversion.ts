import {
  AppError,
  ACCESS_SCOPES,
  type AccessScope,
  apiKeyId,
  type JudgedStream,
  limitId,
  organizationId,
} from '@gatehouse/kernel';
import type { Caller } from '@gatehouse/grpc';
import { metadataOf } from '@gatehouse/platform';
import { meteringV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { ProposeChangeCommand } from '../../app/proposal/propose-change.handler';
import type { KnownProposal } from '../../domain/proposal/proposal';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { fromProtoProposedCommand, toProtoProposedCommand } from '../events/proposal.codec';
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

/** In the name of the key that metering was asked with. A repetition may have found something else than the first. */
export const fromProtoProposeCorrectionRequest = (
  request: provisioningV1.ProposeCorrectionRequest,
  caller: Caller,
): ProposeChangeCommand => {
  const checks = new ProvisioningChecks();
  const { correction: value } = request;
  const { asked, about } = correctionIn(value);
  if (!asked) checks.fault('correction', 'is required');
  const words = wordsOf(value);
  return proposing(checks, caller, request, {
    asked: asked ?? { requestId: '', reason: '' },
    command: value && { $case: 'correctUsage', value },
    judged: { name: about, revision: undefined },
    isRepetition: (known) => {
      const { command } = toProtoProposedCommand(known);
      return command?.$case === 'correctUsage' && wordsOf(command.value) === words;
    },
  });
};

/** Its request, and the stream of what it is about. */
const correctionIn = (
  value: meteringV1.ProposedCorrection | undefined,
): { readonly asked: Proposed['asked'] | undefined; readonly about: string } => {
  const correction = value?.correction;
  const asked = correction?.value.request;
  switch (correction?.$case) {
    case 'adjustUsage':
      return { asked, about: `usage-${correction.value.request?.usageRequestId ?? ''}` };
    case 'rerateUsage':
      return { asked, about: `rerating-${correction.value.reratingId}` };
    case 'waiveDoubt':
    case 'releaseHeld':
      return { asked, about: `budget-${correction.value.request?.limitId ?? ''}` };
    case undefined:
      return { asked, about: 'budget-' };
  }
};

const wordsOf = (value: meteringV1.ProposedCorrection | undefined): string => {
  const correction = value?.correction;
  switch (correction?.$case) {
    case 'waiveDoubt':
      return JSON.stringify({ waive: meteringV1.WaiveDoubtRequest.toJSON(requestOf(correction.value)) });
    case 'releaseHeld':
      return JSON.stringify({ release: meteringV1.ReleaseHeldRequest.toJSON(requestOf(correction.value)) });
    case 'adjustUsage':
      return JSON.stringify({ adjust: meteringV1.AdjustUsageRequest.toJSON(requestOf(correction.value)) });
    case 'rerateUsage':
      return JSON.stringify({ rerate: meteringV1.RerateUsageRequest.toJSON(requestOf(correction.value)) });
    case undefined:
      return '';
  }
};

const requestOf = <Request>({ request }: { readonly request: Request | undefined }): Request => {
  if (request === undefined) throw new AppError('INVALID', 'REQUEST_INVALID');
  return request;
};

/** What services propose, as far as it is the same. */
const proposing = (
  checks: ProvisioningChecks,
  caller: Caller,
  from: Pick<provisioningV1.ProposeResetRequest, 'organizationId' | 'proposedBy' | 'scopes'>,
  { asked, command, judged, isRepetition }: Proposed,
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
  const wanted = { command: fromProtoProposedCommand({ command }), judged, scopes };
  return new ProposeChangeCommand(metadata, wanted, isRepetition);
};

interface Proposed extends provisioningV1.ProposedCommand {
  readonly asked: { readonly requestId: string; readonly reason: string };
  readonly judged: JudgedStream;
  readonly isRepetition?: (known: ProposedCommand) => boolean;
}

const isAccessScope = (scope: string): scope is AccessScope =>
  (ACCESS_SCOPES as readonly string[]).includes(scope);

/** Of a change, of a reset and of a correction. */
export const toProtoMadeProposal = ({
  proposalId,
  status,
  expiresAt,
}: KnownProposal): provisioningV1.ProposeChangeResponse & provisioningV1.ProposeResetResponse => ({
  proposalId,
  status: toProtoStatus(status),
  expiresAt,
});
