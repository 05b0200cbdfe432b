import type { OrganizationId } from '@gatehouse/kernel';
import type { LimitInForce, Scope, ScopeAt } from '../limit/limit-in-force';
import { type LedgerRow, rowInForce } from './ledger-row';
import type { LedgerView } from './ledger-view';

/** A limit that an ask is to be granted from, with its row in force. */
export interface Account {
  readonly inForce: LimitInForce;
  readonly row: LedgerRow;
  /** Of the limit's scope: what was heard of it when the account was made. */
  readonly revision: bigint;
  /** The first end of the period, the raise and the scope: nothing granted from it admits after that. */
  readonly admitUntil: Date | undefined;
}

/** All that an ask is to be granted from, and until when. */
export interface Grounds {
  readonly kind: 'grounds';
  /** In order of limit id. */
  readonly accounts: readonly Account[];
  /** The first end of any of the accounts and scopes. */
  readonly admitUntil: Date | undefined;
  /** The first end of a scope, whatever its limits. */
  readonly scopesEnd: Date | undefined;
  /** With the revisions that were heard. */
  readonly scopes: readonly ScopeAt[];
}

/** Why an ask has no grounds: limits that were not heard of yet, a stranger's scope, a scope that has ended. */
export type NoGrounds = { readonly kind: 'notSeen' | 'foreign' | 'expired'; readonly scope: Scope };

/** Every limit of every scope of an ask, in its present period; or the first thing that stands against looking. */
export const groundsOf = (
  ask: { readonly organizationId: OrganizationId; readonly scopes: readonly ScopeAt[] },
  view: LedgerView,
  now: Date,
): Grounds | NoGrounds => {
  const accounts: Account[] = [];
  const scopes: ScopeAt[] = [];
  const scopeEnds: Date[] = [];
  for (const { scope, revision } of ask.scopes) {
    const inForce = view.scope(scope);
    if (!inForce || inForce.revision < revision) return { kind: 'notSeen', scope };
    if (inForce.organizationId !== ask.organizationId) return { kind: 'foreign', scope };
    const { expiresAt } = inForce;
    if (expiresAt && expiresAt <= now) return { kind: 'expired', scope };
    if (expiresAt) scopeEnds.push(expiresAt);
    scopes.push({ scope, revision: inForce.revision });
    for (const limit of inForce.limits) {
      const row = rowInForce(limit, view.presentRow(limit.limit.id, now), now);
      const ends = [...endsOf(limit, row, now), ...(expiresAt ? [expiresAt] : [])];
      accounts.push({ inForce: limit, row, revision: inForce.revision, admitUntil: firstOf(ends) });
    }
  }
  accounts.sort((a, b) => (a.row.limitId < b.row.limitId ? -1 : 1));
  const ends = [...scopeEnds, ...accounts.flatMap(({ admitUntil }) => admitUntil ?? [])];
  return { kind: 'grounds', accounts, admitUntil: firstOf(ends), scopesEnd: firstOf(scopeEnds), scopes };
};

/** A lease admits nothing past the period that granted it, nor past the raise under which it was granted. */
const endsOf = ({ limit: { raise } }: LimitInForce, { end }: LedgerRow, now: Date): readonly Date[] => [
  ...(end ? [end] : []),
  ...(raise && raise.until > now ? [raise.until] : []),
];

const firstOf = (ends: readonly Date[]): Date | undefined =>
  ends.reduce<Date | undefined>((first, end) => (!first || end < first ? end : first), undefined);
