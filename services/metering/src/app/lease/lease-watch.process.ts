import type { ServiceLog } from '@gatehouse/platform';
import { Periodic } from '../periodic.process';
import type { Ledger } from './lease.ports';

/** Looks for leases that fell silent, and forgets what is long over, for as long as the service runs. */
export class LeaseWatch extends Periodic {
  constructor(ledger: Ledger, log: Pick<ServiceLog, 'warn'>, everyMs: number) {
    super(() => lookForSilent(ledger, log), everyMs);
  }
}

const lookForSilent = async (ledger: Ledger, log: Pick<ServiceLog, 'warn'>): Promise<void> => {
  try {
    await ledger.sweep();
    const quarantined = await ledger.quarantineSilent();
    if (quarantined > 0) log.warn({ leases: quarantined }, 'leases fell silent: their caps stay charged');
  } catch (error) {
    log.warn({ err: error }, 'silent leases could not be looked for, nor old ones be forgotten');
  }
};
