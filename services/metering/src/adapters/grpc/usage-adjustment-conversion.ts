import { type Caller, RequestChecks } from '@gatehouse/grpc';
import { metadataOf, organizationOf } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import { AdjustUsageCommand } from '../../app/usage/adjust-usage.handler';
import type { AttemptAsked } from '../../app/usage/usage.ports';
import type { UsageAdjustment } from '../../domain/adjustment/adjust-usage';
import { day } from './usage-conversion';

/** Of what is said to move what limits have spent. */
export const REASON = { min: 1, max: 512 };
const USAGE_REQUEST_ID = { min: 1, max: 512 };
/** A thousand million USD. What more would bring a limit to the most that can be said is forgotten there, and could not be taken back. */
const AMOUNT_MAX = 1_000_000_000_000_000_000n;

export const fromProtoAdjustUsage = (
  request: meteringV1.AdjustUsageRequest,
  caller: Caller,
): AdjustUsageCommand => {
  const checks = new RequestChecks();
  const { requestId, reason } = checks.command(request);
  checks.text('reason', reason, REASON);
  const { attempt, amount } = adjustmentIn(request, checks);
  checks.done();
  const organizationId = organizationOf(caller);
  const { actor, command } = metadataOf({
    ...{ caller, organizationId, requestId, reason, command: 'AdjustUsage' },
  });
  const asked = { actor, reason, requestId, command };
  return new AdjustUsageCommand(attempt, { organizationId, amount, asked });
};

/** What is said of which attempt; to be used only after `done`. */
export const adjustmentIn = (
  { usageRequestId, attempt, amountNanoUsd: amount, day: text }: meteringV1.AdjustUsageRequest,
  checks: RequestChecks,
): { readonly attempt: AttemptAsked; readonly amount: bigint } => {
  checks.text('usage_request_id', usageRequestId, USAGE_REQUEST_ID);
  if (attempt < 1) checks.fault('attempt', 'must be at least 1');
  if (amount < 0n || amount > AMOUNT_MAX) checks.fault('amount_nano_usd', `must be 0 … ${AMOUNT_MAX}`);
  const admittedOn = checks.parse('day', 'must be a day, YYYY-MM-DD', () => day(text)) ?? '';
  return { attempt: { requestId: usageRequestId, attempt, day: admittedOn }, amount };
};

export const toProtoAdjustment = ({
  before,
  amount,
  limits,
}: UsageAdjustment): meteringV1.AdjustUsageResponse => ({
  beforeNanoUsd: before,
  amountNanoUsd: amount,
  limits: limits.map(({ limitId, periodStart, spent, doubt }) => ({
    ...{ limitId, periodStart, spentNanoUsd: spent, doubtNanoUsd: doubt },
  })),
});
