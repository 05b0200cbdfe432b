import { budgetContract } from '../../testing/budget.contract';
import { memoryHarness } from '../../testing/ledger-harness';
import { leaseContract } from '../../testing/lease.contract';
import { ledgerContract } from '../../testing/ledger.contract';

ledgerContract('in memory', memoryHarness);
leaseContract('in memory', memoryHarness);
budgetContract('in memory', memoryHarness);
