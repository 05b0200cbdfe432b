import type { ServiceLog } from '@gatehouse/platform';
import type { Ledger } from '../lease/lease.ports';
import { Periodic } from '../periodic.process';

/** Looks at what becomes of budgets while nobody asks for them, for as long as the service runs. */
export class BudgetWatch extends Periodic {
  constructor(ledger: Ledger, log: Pick<ServiceLog, 'warn'>, everyMs: number) {
    super(() => lookAtBudgets(ledger, log), everyMs);
  }
}

const lookAtBudgets = async (ledger: Ledger, log: Pick<ServiceLog, 'warn'>): Promise<void> => {
  try {
    await ledger.reviewBudgets();
    await ledger.closePeriods();
  } catch (error) {
    log.warn({ err: error }, 'budgets that have changed or ended could not be looked at');
  }
};
