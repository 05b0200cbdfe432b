import type { Denial, SliceAsk } from './exchange';
import type { HoldRequest } from './hold';
import type { LeaseScope } from './limit-state';

interface Lasting {
  readonly denial: Denial;
  /** Of the limit: what was denied, and with it whatever is more. */
  readonly least: bigint;
  /** Of its scope, under which it was asked for. */
  readonly revision: bigint;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/**
 * What the ledger has denied, for as long as it says that whoever needs as much is denied alike. It is forgotten then, where the
 * limit's scope has changed since it was asked for, and where the ledger says that there is room again.
 */
export class Denials {
  /** By scope, then by limit. */
  private readonly scopes = new Map<string, Map<string, Lasting>>();
  /** Monotonic milliseconds: what was asked for before may have been answered before there was room. */
  private roomAt = -Infinity;

  /** @param sentAt of the ask, for the first time: what the ledger says counts from there. */
  keep({ least: asked, scopes }: SliceAsk, denial: Denial, sentAt: number, now: number): void {
    const { limit, validForMs = 0 } = denial;
    const until = sentAt + validForMs;
    if (!limit || until <= now || sentAt <= this.roomAt) return;
    const scope = scopes.find(({ kind, id }) => kind === limit.scope && id === limit.scopeId);
    const least = asked[limit.unit];
    if (!scope || least === 0n) return;
    const key = keyOf(scope);
    const limits = this.scopes.get(key) ?? new Map<string, Lasting>();
    this.scopes.set(key, limits);
    const known = limits.get(limit.id);
    if (known && known.least < least && now < known.until && known.revision >= scope.revision) return;
    limits.set(limit.id, { denial, least, revision: scope.revision, until });
  }

  /** Whether a request would be told the same. */
  of({ scopes, least }: HoldRequest, now: number): Denial | undefined {
    if (this.scopes.size === 0) return undefined;
    for (const scope of scopes) {
      for (const known of this.scopes.get(keyOf(scope))?.values() ?? []) {
        const unit = known.denial.limit?.unit;
        if (!unit || least[unit] < known.least || now >= known.until) continue;
        if (scope.revision <= known.revision) return known.denial;
      }
    }
    return undefined;
  }

  /** Limits of these scopes have changed. */
  forget(scopes: readonly LeaseScope[], now: number): void {
    for (const scope of scopes) this.scopes.delete(keyOf(scope));
    this.roomAt = now;
  }

  /** There is room again of these limits. */
  room(limitIds: readonly string[], now: number): void {
    for (const limits of this.scopes.values()) for (const id of limitIds) limits.delete(id);
    this.roomAt = now;
  }

  sweep(now: number): void {
    for (const [key, limits] of this.scopes) {
      for (const [id, { until }] of limits) if (now >= until) limits.delete(id);
      if (limits.size === 0) this.scopes.delete(key);
    }
  }
}

const keyOf = ({ kind, id }: Pick<LeaseScope, 'kind' | 'id'>): string => `${kind} ${id}`;
