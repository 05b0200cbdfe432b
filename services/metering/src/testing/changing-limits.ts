import { deriveId, limitId, type LimitId, type ResetRule } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import { keyOfScope, type Scope, type ScopeInForce } from '../domain/limit/limit-in-force';
import { scopeWith, usdBudget } from './ledger-harness';
import type { Dice } from './ledger-simulation';

const RULES: readonly ResetRule[] = [
  { period: 'never' },
  { period: 'monthly' },
  { period: 'weekly' },
  { period: 'days', everyDays: 1 },
  { period: 'days', everyDays: 3 },
];

/** Limits of some scopes, as admins have them: what these do to them next, and what they were. */
export class ChangingLimits {
  /** By scope, in order of revisions. */
  private readonly history = new Map<string, ScopeInForce[]>();
  private defined = 0;

  constructor(
    private readonly scopes: readonly ScopeInForce[],
    private readonly dice: Dice,
  ) {
    for (const scope of scopes) this.history.set(keyOfScope(scope.scope), [scope]);
  }

  /** Raises, lowers, deletes, defines or begins to reset otherwise the budget of one of the scopes, or leaves its limits alone. */
  change(at: Date): ScopeInForce {
    const before = this.present(this.dice.pick(this.scopes));
    const revision = before.revision + 1n;
    const after = { ...before, revision, limits: this.otherLimits(before, at) };
    this.history.get(keyOfScope(before.scope))?.push(after);
    return after;
  }

  /** A budget that is there now. */
  budget(): { readonly limitId: LimitId; readonly scope: Scope } | undefined {
    const { scope, limits } = this.present(this.dice.pick(this.scopes));
    const [budget] = limits.filter(({ limit: { kind } }) => kind === 'budget');
    return budget && { limitId: budget.limit.id, scope };
  }

  /** Whether these are all limits of the scope, as it was under a revision or one that followed. */
  areAll(limitIds: ReadonlySet<string>, scope: Scope, since: bigint): boolean {
    return (this.history.get(keyOfScope(scope)) ?? []).some(
      ({ revision, limits }) => revision >= since && limits.every(({ limit: { id } }) => limitIds.has(id)),
    );
  }

  private present({ scope }: ScopeInForce): ScopeInForce {
    const present = this.history.get(keyOfScope(scope))?.at(-1);
    if (!present) throw new Error(`nobody has made ${scope.id}`);
    return present;
  }

  private otherLimits({ scope, limits }: ScopeInForce, at: Date): ScopeInForce['limits'] {
    const [budget] = limits.filter(({ limit: { kind } }) => kind === 'budget');
    const others = limits.filter((other) => other !== budget);
    if (budget?.limit.kind !== 'budget') return [...others, ...this.defineBudget(scope)];
    const { amount } = budget.limit;
    const of = (some: object) => [{ ...budget, limit: { ...budget.limit, ...some } as typeof budget.limit }];
    switch (this.dice.roll(6)) {
      case 0:
        return [...of({ amount: amount + amount / 2n }), ...others];
      case 1:
      case 2:
        return [...of({ amount: maxOf(1n, amount / BigInt(2 + this.dice.roll(8))) }), ...others];
      case 3:
        return others;
      case 4:
        return [...of({ reset: this.dice.pick(RULES) }), ...others].map((limit) => ({
          ...limit,
          ruleSince: at,
        }));
      default:
        return limits;
    }
  }

  /** Of a kind that there was none of: it has another id, whatever was there before. */
  private defineBudget(scope: Scope): ScopeInForce['limits'] {
    const name = `defined ${++this.defined}`;
    const amount = BigInt(100 + this.dice.roll(400));
    const limit = { ...usdBudget(name, amount), id: limitId(deriveId('lim', name)) };
    return scopeWith(name, [limit]).limits.map((made) => ({ ...made, scope }));
  }
}
