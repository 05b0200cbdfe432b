import { INT64_MAX } from '@gatehouse/kernel';
import { scopeWith, START, usdBudget } from '../../testing/ledger-harness';
import type { LimitInForce } from '../limit/limit-in-force';
import { type LedgerRow, rowInForce, type Shares, withHeard, withShares } from './ledger-row';

describe('the account of a limit', () => {
  const [limit] = scopeWith('p', [usdBudget('p', 1_000n)]).limits as [LimitInForce];
  const row: LedgerRow = rowInForce(limit, undefined, START);
  const shares = (some: Partial<Shares>): Shares => ({
    ...{ closed: 0n, open: 0n, doubt: 0n, quarantined: 0n, leases: 0 },
    ...some,
  });

  it('changes with the part that a lease has in it', () => {
    const before = { ...row, closed: 10n, open: 5n, doubt: 4n };
    const changed = withShares(
      before,
      shares({ closed: 3n, open: 5n, doubt: 2n }),
      shares({ closed: 6n, doubt: 1n }),
    );
    expect(changed).toMatchObject({ closed: 13n, open: 0n, doubt: 3n });
  });

  it('is never below nothing, though what a lease had in it was corrected or waived since', () => {
    const waived = { ...row, closed: 2n, doubt: 0n };
    expect(withShares(waived, shares({ closed: 5n, doubt: 5n }), shares({ closed: 1n }))).toMatchObject({
      closed: 0n,
      doubt: 0n,
    });
  });

  it('has what a lost lease cost once, though a correction left less than records had told', () => {
    const corrected = withHeard({ ...row, closed: 2n, recovered: 5n }, 5n);
    expect(withShares(corrected, shares({}), shares({ closed: 9n }))).toMatchObject({
      closed: 6n,
      recovered: 0n,
    });
  });

  it('stays where it can be said', () => {
    const full = { ...row, closed: INT64_MAX - 1n };
    expect(withShares(full, shares({}), shares({ closed: 9n }))).toMatchObject({ closed: INT64_MAX });
  });
});
