import { RequestChecks } from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Days } from '../../app/books/books.ports';
import { RebuildCountersCommand } from '../../app/books/rebuild-counters.handler';
import { ReconcileQuery } from '../../app/books/reconcile.handler';
import type {
  BookException,
  Difference,
  DifferenceKind,
  ExceptionKind,
  Reconciliation,
} from '../../domain/books/reconciliation';
import { day } from './usage-conversion';

const DAY_MS = 86_400_000;
const DAYS_MAX = 400;
const LAG_SECONDS_MAX = 7 * 24 * 3_600;

export const fromProtoReconcile = (request: meteringV1.ReconcileRequest): ReconcileQuery => {
  const checks = new RequestChecks();
  const days = daysOf(request, checks);
  const { lagSeconds } = request;
  if (lagSeconds < 0 || lagSeconds > LAG_SECONDS_MAX)
    checks.fault('lag_seconds', `must be 0 … ${LAG_SECONDS_MAX}`);
  checks.done();
  return new ReconcileQuery({ ...days, lagMs: lagSeconds * 1_000 });
};

export const fromProtoRebuildCounters = (
  request: meteringV1.RebuildCountersRequest,
): RebuildCountersCommand => {
  const checks = new RequestChecks();
  const days = daysOf(request, checks);
  checks.done();
  return new RebuildCountersCommand(days);
};

const daysOf = (request: Days, checks: RequestChecks): Days => {
  const fromDay = checks.parse('from_day', 'must be a day, YYYY-MM-DD', () => day(request.fromDay)) ?? '';
  const toDay = checks.parse('to_day', 'must be a day, YYYY-MM-DD', () => day(request.toDay)) ?? '';
  if (fromDay > toDay) checks.fault('to_day', 'must not be before from_day');
  if (Date.parse(toDay) - Date.parse(fromDay) >= DAYS_MAX * DAY_MS)
    checks.fault('to_day', `must be one of ${DAYS_MAX} days from from_day on`);
  return { fromDay, toDay };
};

const DIFFERENCES: Readonly<Record<DifferenceKind, meteringV1.BookDifferenceKind>> = {
  row: meteringV1.BookDifferenceKind.ROW,
  rowMissing: meteringV1.BookDifferenceKind.ROW_MISSING,
  lease: meteringV1.BookDifferenceKind.LEASE,
  leaseMissing: meteringV1.BookDifferenceKind.LEASE_MISSING,
  counter: meteringV1.BookDifferenceKind.COUNTER,
  rollup: meteringV1.BookDifferenceKind.ROLLUP,
};

const EXCEPTIONS: Readonly<Record<ExceptionKind, meteringV1.BookExceptionKind>> = {
  quarantined: meteringV1.BookExceptionKind.QUARANTINED,
  released: meteringV1.BookExceptionKind.RELEASED,
  inDoubt: meteringV1.BookExceptionKind.IN_DOUBT,
  recovered: meteringV1.BookExceptionKind.RECOVERED,
};

export const toProtoReconciliation = ({
  rows,
  leases,
  counters,
  onTheWay,
  differing,
  differences,
  excepted,
  exceptions,
}: Reconciliation): meteringV1.ReconcileResponse => ({
  ...{ rows, leases, counters, onTheWay, differing, excepted },
  differences: differences.map(toProtoDifference),
  exceptions: exceptions.map(toProtoException),
});

const toProtoDifference = ({ kind, ...difference }: Difference): meteringV1.BookDifference => ({
  ...difference,
  kind: DIFFERENCES[kind],
});

const toProtoException = ({ kind, eventId, ...exception }: BookException): meteringV1.BookException => ({
  ...exception,
  kind: EXCEPTIONS[kind],
  eventId: eventId ?? '',
});
