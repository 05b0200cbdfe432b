import type { ServiceLog } from '@gatehouse/platform';
import { Periodic } from '../periodic.process';
import type { Ledger } from './lease.ports';

type Watched = Pick<Ledger, 'quarantineSilent' | 'sweep'>;

/** Looks for leases that fell silent, and then, as nobody waits for that, forgets what is long over, for as long as the service runs. */
export class LeaseWatch extends Periodic {
  constructor(ledger: Watched, log: Pick<ServiceLog, 'warn'>, everyMs: number) {
    super(() => lookForSilent(ledger, log), everyMs);
  }
}

const lookForSilent = async (ledger: Watched, log: Pick<ServiceLog, 'warn'>): Promise<void> => {
  try {
    const quarantined = await ledger.quarantineSilent();
    if (quarantined > 0) log.warn({ leases: quarantined }, 'leases fell silent: their caps stay charged');
    await ledger.sweep();
  } catch (error) {
    log.warn({ err: error }, 'silent leases could not all be looked for, or old ones not be forgotten');
  }
};
