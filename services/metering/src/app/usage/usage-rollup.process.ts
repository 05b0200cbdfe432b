import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { ripeBefore } from '../../domain/usage/usage-rollup';
import { Periodic } from '../periodic.process';
import type { UsageRollups } from './usage.ports';

const LOOK_MS = 15_000;
/** Rows in one transaction: whoever counts more of the same waits for it. */
const AT_ONCE_MAX = 10_000;

/** Moves what was counted lately to the counters of hours, days and margins, many minutes at once. */
export class UsageRollup extends Periodic {
  constructor(rollups: UsageRollups, clock: Clock, log: Pick<ServiceLog, 'warn'>) {
    super(async (stopping) => {
      try {
        while (!stopping.aborted && (await rollups.rollUp(ripeBefore(clock.now()), AT_ONCE_MAX)) > 0);
      } catch (error) {
        log.warn({ err: error }, 'usage that was counted lately will be rolled up later');
      }
    }, LOOK_MS);
  }
}
