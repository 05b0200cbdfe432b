import { meteringV1 } from '@gatehouse/proto-gen';
import type { Unit } from '../../domain/limit/limit-in-force';

export const LIMIT_UNITS: Readonly<Record<Unit, meteringV1.LimitUnit>> = {
  nanoUsd: meteringV1.LimitUnit.NANO_USD,
  tokens: meteringV1.LimitUnit.TOKENS,
  requests: meteringV1.LimitUnit.REQUESTS,
};

/** Undefined where the number names no unit, as in what was recorded before it was told. */
export const fromProtoLimitUnit = (unit: meteringV1.LimitUnit): Unit | undefined =>
  (Object.keys(LIMIT_UNITS) as Unit[]).find((key) => LIMIT_UNITS[key] === unit);

export const toProtoLimitUnit = (unit: Unit | undefined): meteringV1.LimitUnit =>
  unit === undefined ? meteringV1.LimitUnit.UNSPECIFIED : LIMIT_UNITS[unit];
