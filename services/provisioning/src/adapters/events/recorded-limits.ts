import { fromProtoLimits, fromRecordedLimit, RequestChecks, toProtoLimit } from '@gatehouse/grpc';
import type { Limit, LimitId, LimitSpec } from '@gatehouse/kernel';
import type { typeV1 } from '@gatehouse/proto-gen';

export const fromProtoRecordedLimits = (limits: readonly typeV1.Limit[]): readonly Limit[] =>
  limits.map((limit) => fromRecordedLimit(limit, new RequestChecks()));

export const toProtoLimits = (limits: readonly Limit[]): typeV1.Limit[] => limits.map(toProtoLimit);

/** Of limits that have no identity yet. */
export const fromProtoRecordedSpecs = (limits: readonly typeV1.Limit[]): readonly LimitSpec[] => {
  const checks = new RequestChecks();
  const specs = fromProtoLimits(limits, checks);
  checks.done();
  return specs;
};

export const toProtoSpecs = (specs: readonly LimitSpec[]): typeV1.Limit[] =>
  specs.map((spec) => toProtoLimit({ ...spec, id: '' as LimitId }));
