import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline } from '@gatehouse/kernel';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import { sameFields } from '../../domain/ledger/same-fields';

const LOOK_EVERY_MS = 1_000;
/** Who watches for longer asks again: what a key may is looked at when it asks. */
const WATCHED_FOR_MS = 10 * 60_000;

/** Where a budget stands, at once and whenever that has changed. What `look` throws ends it. */
export async function* watchBudget(
  look: () => Promise<LimitStanding>,
  signal: AbortSignal,
): AsyncGenerator<LimitStanding> {
  const deadline = new Deadline(WATCHED_FOR_MS, signal);
  let told: LimitStanding | undefined;
  try {
    while (!deadline.signal.aborted) {
      const standing = await look();
      if (!told || !sameFields(standing, told)) yield standing;
      told = standing;
      await sleep(LOOK_EVERY_MS, undefined, { signal: deadline.signal }).catch(() => undefined);
    }
  } finally {
    deadline.cancel();
  }
}
