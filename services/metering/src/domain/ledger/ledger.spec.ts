import { memoryHarness } from '../../testing/ledger-harness';
import { ledgerContract } from '../../testing/ledger.contract';

ledgerContract('in memory', memoryHarness);
