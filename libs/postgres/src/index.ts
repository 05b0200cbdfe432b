export { advisoryKey } from './advisory-key';
export {
  booleanArray,
  byteaArray,
  dateArray,
  int4Array,
  int8Array,
  textArray,
  timestampArray,
} from './binary-array';
export { countKeyed, listKeyed, nameKey, NO_KEY, pageKeyed } from './keyed-list';
export type { KeyedList, KeyedRow, Queryable } from './keyed-list';
export { SILENT } from './log';
export type { Log } from './log';
export { backoffMs, pause } from './pause';
export { createPool, survivingLosses } from './pool';
export type { PoolSettings } from './pool';
export { openSession } from './session';
export type { Session } from './session';
export { inTransaction, onConnection, rethrow } from './transaction';
export { codeOf, isConnectionFault, isTransient } from './transient';
