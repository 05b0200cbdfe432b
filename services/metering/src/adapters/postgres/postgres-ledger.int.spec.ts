import { budgetContract } from '../../testing/budget.contract';
import { leaseContract } from '../../testing/lease.contract';
import { ledgerContract } from '../../testing/ledger.contract';
import { meteringDatabase, type MeteringDatabase, postgresHarness } from '../../testing/postgres-harness';

let shared: MeteringDatabase;

beforeAll(async () => {
  shared = await meteringDatabase();
});

afterAll(() => shared.close());

ledgerContract('Postgres', () => postgresHarness(shared));
leaseContract('Postgres', () => postgresHarness(shared));
budgetContract('Postgres', () => postgresHarness(shared));
