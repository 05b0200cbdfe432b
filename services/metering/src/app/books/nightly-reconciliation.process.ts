import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { Periodic } from '../periodic.process';
import type { Books } from './books.ports';

const EVERY_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** UTC. */
const HOUR_OF_NIGHT = 3;
const DAYS = 3;
/** What a bus that was away brings later is compared the next night, while its leases are kept. */
const LAG_MS = 60 * 60_000;

/** Compares the books once a night, whichever process comes first to it. */
export class NightlyReconciliation extends Periodic {
  constructor(books: Books, clock: Clock, log: Pick<ServiceLog, 'warn' | 'error' | 'info'>) {
    super(() => reconcileTonight(books, clock, log), EVERY_MS);
  }
}

/** Does nothing before its hour, and nothing twice. */
export const reconcileTonight = async (
  books: Books,
  clock: Clock,
  log: Pick<ServiceLog, 'warn' | 'error' | 'info'>,
): Promise<void> => {
  const now = clock.now();
  if (now.getUTCHours() < HOUR_OF_NIGHT) return;
  const dayAgo = (days: number): string =>
    new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
  const scope = { fromDay: dayAgo(DAYS), toDay: dayAgo(1), lagMs: LAG_MS };
  try {
    const found = await books.oncePerNight(dayAgo(0), () => books.reconcile(scope));
    if (!found) return;
    const { differing, differences, rows, leases, counters } = found;
    const compared = { rows: String(rows), leases: String(leases), counters: String(counters) };
    if (differing === 0n) log.info(compared, 'the books agree');
    else
      log.error(
        { ...compared, differing: String(differing), first: differences[0] },
        'the books do not agree',
      );
  } catch (error) {
    log.warn({ err: error }, 'the books could not be compared tonight; it is tried again');
  }
};
