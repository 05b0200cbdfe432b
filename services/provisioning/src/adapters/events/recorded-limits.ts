import { fromRecordedLimit, RequestChecks, toProtoLimit } from '@gatehouse/grpc';
import type { Limit } from '@gatehouse/kernel';
import type { typeV1 } from '@gatehouse/proto-gen';

export const fromProtoRecordedLimits = (limits: readonly typeV1.Limit[]): readonly Limit[] =>
  limits.map((limit) => fromRecordedLimit(limit, new RequestChecks()));

export const toProtoLimits = (limits: readonly Limit[]): typeV1.Limit[] => limits.map(toProtoLimit);
