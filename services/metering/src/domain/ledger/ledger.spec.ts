import { memoryHarness } from '../../testing/ledger-harness';
import { leaseContract } from '../../testing/lease.contract';
import { ledgerContract } from '../../testing/ledger.contract';

ledgerContract('in memory', memoryHarness);
leaseContract('in memory', memoryHarness);
