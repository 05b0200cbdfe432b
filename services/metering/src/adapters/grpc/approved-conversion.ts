import { RequestChecks } from '@gatehouse/grpc';
import {
  type ApiKeyId,
  apiKeyId,
  AppError,
  type LimitId,
  limitId,
  type OrganizationId,
  organizationId,
  type ReratingId,
  reratingId,
} from '@gatehouse/kernel';
import { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { CarryOutCorrectionCommand } from '../../app/limit/carry-out-correction.handler';
import { CarryOutResetCommand } from '../../app/limit/carry-out-reset.handler';
import type { Asked } from '../../domain/lease/lease.events';
import { adjustmentIn } from './usage-adjustment-conversion';

/** Its proposer was judged when it was proposed: it is carried out whatever has become of their key since. */
export const fromProtoCarryOutReset = ({
  reset,
  ...request
}: meteringV1.CarryOutResetRequest): CarryOutResetCommand => {
  const checks = new RequestChecks();
  const approved = approvedIn(request, reset?.request, 'ResetBudget', checks);
  const id = checks.parse('reset.request.limit_id', 'must be the id of a limit', () =>
    limitId(reset?.request?.limitId ?? ''),
  );
  const periodStart = reset?.periodStart;
  if (!periodStart) checks.fault('reset.period_start', 'is required');
  checks.done();
  // They are used only after `done`, which throws where there was a fault.
  return new CarryOutResetCommand({ ...approved, limitId: id as LimitId, periodStart: periodStart as Date });
};

/** As of a reset. */
export const fromProtoCarryOutCorrection = ({
  correction,
  ...request
}: meteringV1.CarryOutCorrectionRequest): CarryOutCorrectionCommand => {
  const checks = new RequestChecks();
  const wanted = correction?.correction;
  if (wanted?.$case === 'adjustUsage') {
    const { request: asked, beforeNanoUsd: before } = wanted.value;
    const approved = approvedIn(request, asked, 'AdjustUsage', checks);
    const adjustment = adjustmentIn(asked ?? meteringV1.AdjustUsageRequest.fromPartial({}), checks);
    checks.done();
    return new CarryOutCorrectionCommand({ kind: 'adjustment', ...approved, ...adjustment, before });
  }
  if (wanted?.$case === 'rerateUsage') {
    const { request: asked, reratingId: raw, lowersNanoUsd: lowersMax } = wanted.value;
    const { organizationId: of } = approvedIn(request, asked, 'RerateUsage', checks);
    const id = checks.parse('correction.rerating_id', 'must be the id of a rerating', () => reratingId(raw));
    if (lowersMax < 0n) checks.fault('correction.lowers_nano_usd', 'must not be less than 0');
    checks.done();
    const approved = { organizationId: of, reratingId: id as ReratingId, lowersMax };
    return new CarryOutCorrectionCommand({
      ...{ kind: 'rerating', ...approved, causationId: request.causationId },
    });
  }
  const asked = wanted?.value.request;
  const approved = approvedIn(
    request,
    asked,
    wanted?.$case === 'waiveDoubt' ? 'WaiveDoubt' : 'ReleaseHeld',
    checks,
  );
  const id = checks.parse('correction.request.limit_id', 'must be the id of a limit', () =>
    limitId(asked?.limitId ?? ''),
  ) as LimitId;
  if (wanted?.$case === 'waiveDoubt') {
    const { periodStart, doubt } = wanted.value;
    if (!periodStart) checks.fault('correction.period_start', 'is required');
    if (doubt < 0n) checks.fault('correction.doubt', 'must not be less than 0');
    checks.done();
    const ofPeriod = { limitId: id, periodStart: periodStart as Date, doubt };
    return new CarryOutCorrectionCommand({ kind: 'waiver', ...approved, ...ofPeriod });
  }
  const silentBefore = wanted?.value.silentBefore;
  if (!silentBefore) checks.fault('correction.silent_before', 'is required');
  checks.done();
  const ofLimit = { limitId: id, silentBefore: silentBefore as Date };
  return new CarryOutCorrectionCommand({ kind: 'release', ...approved, ...ofLimit });
};

/** In whose name what was approved is done; to be used only after `done`. */
const approvedIn = (
  { proposedBy, causationId, ...request }: Omit<meteringV1.CarryOutResetRequest, 'reset'>,
  asked: { readonly requestId: string; readonly reason: string } | undefined,
  command: string,
  checks: RequestChecks,
): { readonly organizationId: OrganizationId; readonly asked: Asked } => {
  const organization = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(request.organizationId),
  );
  const { requestId, reason } = checks.command(asked ?? { requestId: '', reason: '' });
  const key = checks.parse('proposed_by', 'must be a key', () => {
    if (proposedBy?.kind !== typeV1.ActorKind.API_KEY) throw new AppError('INVALID', 'REQUEST_INVALID');
    return apiKeyId(proposedBy.id);
  });
  if (causationId === '') checks.fault('causation_id', 'is required');
  const actor = { kind: 'apiKey', id: key as ApiKeyId, address: proposedBy?.address ?? '' } as const;
  return {
    organizationId: organization as OrganizationId,
    asked: { actor, reason, requestId, command, causationId },
  };
};
