import { amountOf, type Amounts, minOf, type Unit } from './amounts';
import {
  type Facts,
  type FactsAnswer,
  type Grant,
  type LeaseName,
  type LeaseReport,
  namesOf,
} from './exchange';
import { type HeldPart, Hold, type HoldRequest, type LeaseCharge } from './hold';
import { Lease } from './lease';
import type { LeaseScope, ScopeKind } from './limit-state';
import { type AskedAhead, Pool } from './pool';

/** A scope as the ledger told it last. */
interface KnownScope extends AskedAhead {
  readonly revision: bigint;
  readonly pools: readonly Pool[];
  /** Monotonic milliseconds; past it the scope may have other limits. */
  validUntil: number;
  /** When a request named it last, in monotonic milliseconds. */
  usedAt: number;
}

/** What a request is about to take of one lease: all that it wants, or what there is. */
type ChosenPart = { -readonly [Key in keyof HeldPart]: HeldPart[Key] };

interface Chosen {
  readonly parts: ChosenPart[];
  /** Monotonic milliseconds, until which these are known to be all limits. */
  readonly knownUntil: number;
}

/** A lease that nothing was taken of for so long goes back. */
const IDLE_MS = 3_000;
/** Of which nothing was taken for so long, its final is about to tell what a report would. */
const NEARLY_IDLE_MS = 2_000;
/** How often a lease gives a sign of life. */
const RENEW_EVERY_MS = 3_000;
/** Reports and finals of one exchange: the ledger takes no more at once. */
const REPORTS_MAX = 1_024;
const FINALS_MAX = 512;
const UNLIMITED_MAX = 1_024;
/** So long before what is known of a scope without limits is over, it is to be known for longer, if it was in use for so long. */
const RENEW_KNOWN_MS = 10_000;
const IN_USE_MS = 60_000;

/**
 * The leases of one journal, and what is held under them: admits requests without asking anybody. Pure but for what it
 * keeps: time arrives as monotonic milliseconds, and what is to be said is handed out to be sent.
 */
export class LeaseBook {
  private readonly scopes: Record<ScopeKind, Map<string, KnownScope>> = {
    provision: new Map(),
    workspace: new Map(),
    apiKey: new Map(),
    integration: new Map(),
    organization: new Map(),
    workspaceKey: new Map(),
  };
  private readonly pools = new Map<string, Pool>();
  /** Those of which the ledger does not have the final yet, as they were heard of: answers may overtake each other. */
  private readonly leases = new Map<bigint, Lease>();
  /** To be reported before their time. */
  private readonly changed = new Set<Lease>();
  private readonly ended = new Set<Lease>();
  /** By limit: those that admit nothing any more, and are held by what is under way. */
  private readonly draining = new Map<string, Set<Lease>>();
  /** What is known of them is soon over. */
  private unlimited: LeaseScope[] = [];
  private highest = 0n;

  /** The highest number of a lease that was heard of; 0 before the first. */
  get last(): bigint {
    return this.highest;
  }

  /** Of an earlier incarnation. */
  set last(number: bigint) {
    if (number > this.highest) this.highest = number;
  }

  /** The ledger does not have its final yet. */
  has(number: bigint): boolean {
    return this.leases.has(number);
  }

  /** How many leases admit requests, and how many do no more. */
  count(now: number): { readonly admitting: number; readonly ending: number } {
    let admitting = 0;
    for (const lease of this.leases.values()) if (lease.admits(now)) admitting++;
    return { admitting, ending: this.leases.size - admitting };
  }

  /** Whether a lease has been silent for long enough to be reported. */
  needsSign(now: number): boolean {
    for (const lease of this.leases.values()) if (isDue(lease, now)) return true;
    return false;
  }

  /** Every lease with a smaller number is done with. */
  get acknowledgedBelow(): bigint {
    let below = this.highest + 1n;
    for (const number of this.leases.keys()) below = minOf(below, number);
    return below;
  }

  /** Something was settled, or ended, that the ledger is to hear of now. */
  get hasFacts(): boolean {
    return this.ended.size > 0 || this.changed.size > 0 || this.unlimited.length > 0;
  }

  /**
   * Takes room for a request from a lease of each of its limits, or from none. `want`: all of it; `least`: as much as there
   * is, but no less than that. `pinned` is what it holds already.
   */
  hold(
    request: HoldRequest,
    accept: 'want' | 'least',
    now: number,
    pinned: readonly HeldPart[] = [],
  ): Hold | undefined {
    const chosen = this.choose(request, accept, now, pinned);
    if (!chosen) return undefined;
    const { parts, knownUntil } = chosen;
    const cap = accept === 'want' ? request.want : capOf(request.want, parts);
    for (const pin of pinned) {
      // What is about to be taken is not given back to others meanwhile.
      if (parts.some(({ lease }) => lease === pin.lease)) pin.lease.unpin(pin.amount);
      else this.unpin([pin]);
    }
    for (const part of parts) {
      part.amount = amountOf(cap, part.pool.unit);
      part.lease.take(part.amount, now);
      part.pool.demand.take(part.amount, now);
    }
    return new Hold(parts, cap, knownUntil);
  }

  /** What of a request can be taken at once, and is; the rest is to be asked for. */
  pin(request: HoldRequest, now: number): readonly HeldPart[] {
    const parts: HeldPart[] = [];
    for (const scope of request.scopes) {
      for (const pool of this.scopeOf(scope, now)?.pools ?? []) {
        const amount = amountOf(request.want, pool.unit);
        const lease = amount > 0n ? pool.leaseFor(amount, scope.revision, now) : undefined;
        if (!lease) continue;
        lease.pin(amount, now);
        parts.push({ pool, lease, amount });
      }
    }
    return parts;
  }

  /** The limits of some scopes, as far as they are known. */
  poolsOf(scopes: readonly LeaseScope[], now: number): readonly Pool[] {
    return scopes.flatMap((scope) => this.scopeOf(scope, now)?.pools ?? []);
  }

  /** What is known of scopes, that is over before a time and that nobody asks for ahead. */
  overBefore(scopes: readonly LeaseScope[], until: number): readonly AskedAhead[] {
    return scopes.flatMap(({ kind, id }) => {
      const known = this.scopesOf(kind).get(id);
      return known && known.validUntil <= until && !known.askedAhead ? known : [];
    });
  }

  /** Nothing was sent under it. */
  giveBack(parts: readonly HeldPart[]): void {
    for (const { pool, lease, amount } of parts) {
      lease.giveBack(amount);
      this.afterChange(pool, lease);
    }
  }

  /** The request goes on waiting without it, or waits no more. */
  unpin(parts: readonly HeldPart[]): void {
    for (const { pool, lease, amount } of parts) {
      lease.unpin(amount);
      this.afterChange(pool, lease);
    }
  }

  /** Charges what an attempt cost; what it held beyond that is room again. */
  settle({ parts }: Hold, charges: readonly LeaseCharge[]): void {
    for (let index = 0; index < parts.length; index++) {
      const { pool, lease, amount } = parts[index] as HeldPart;
      const charge = charges[index];
      if (charge) lease.settle(amount, charge.charged, charge.doubt);
      this.afterChange(pool, lease);
    }
  }

  /** @param sentAt of the ask, for the first time. */
  granted(grant: Grant, organizationId: string, sentAt: number, now: number): void {
    const validUntil = sentAt + grant.validForMs;
    const pools = new Map<string, Pool[]>();
    for (const { limit } of grant.leases)
      append(pools, keyOf(limit.scope, limit.scopeId), this.poolOf(limit));
    for (const limit of grant.covered) append(pools, keyOf(limit.scope, limit.scopeId), this.poolOf(limit));
    const revisions = new Map(grant.scopes.map(({ kind, id, revision }) => [keyOf(kind, id), revision]));
    const names = namesOf(grant, organizationId);
    grant.leases.forEach((granted, index) => {
      const { scope, scopeId } = granted.limit;
      const revision = revisions.get(keyOf(scope, scopeId)) ?? 0n;
      const lease = new Lease(names[index] as LeaseName, revision, granted, sentAt);
      this.leases.set(lease.number, lease);
      this.poolOf(granted.limit).leases.push(lease);
      this.last = lease.number;
    });
    for (const { kind, id, revision } of grant.scopes) {
      const known = {
        revision,
        pools: pools.get(keyOf(kind, id)) ?? [],
        validUntil,
        usedAt: now,
        askedAhead: false,
      };
      const before = this.scopesOf(kind).get(id);
      // Answers may overtake each other: of what was decided by older limits nothing is of use.
      if (before && before.revision > revision) this.retireOlder(known, before);
      else {
        this.retireOlder(before, known);
        this.scopesOf(kind).set(id, known);
      }
    }
  }

  /** Somebody waits for limits until a time, in monotonic milliseconds: what is not in use of leases up to a turn goes back. */
  recall(limits: ReadonlyMap<string, bigint>, until: number): void {
    for (const [id, turn] of limits) {
      const pool = this.pools.get(id);
      if (!pool) continue;
      pool.wantedUntil = Math.max(pool.wantedUntil, until);
      for (const lease of [...pool.leases]) if (lease.turn <= turn) this.retire(lease);
    }
    // What was settled under those that admit nothing any more, while nobody waited.
    for (const id of limits.keys())
      for (const lease of this.draining.get(id) ?? []) if (lease.room > 0n) this.changed.add(lease);
  }

  /** What was asked for ahead and not granted is not asked for ahead again until a time, in monotonic milliseconds. */
  scarce(wishes: ReadonlyMap<string, bigint>, { covered }: Grant, until: number): void {
    for (const { id } of covered) {
      const pool = this.pools.get(id);
      if (pool && (wishes.get(id) ?? 0n) > 0n) pool.scarceUntil = until;
    }
  }

  /** Nobody waits for these limits any more. */
  calm(limitIds: readonly string[]): void {
    for (const id of limitIds) {
      const pool = this.pools.get(id);
      if (pool) pool.wantedUntil = 0;
    }
  }

  /** What is asked for again, since there is too little of it, is no longer of use. */
  retireBelow(pool: Pool, room: bigint): void {
    for (const lease of [...pool.leases]) if (lease.room < room) this.retire(lease);
  }

  /** Limits of these scopes have changed: what was granted under others admits nothing more. */
  forget(scopes: readonly LeaseScope[]): void {
    for (const { kind, id, revision } of scopes) {
      const known = this.scopesOf(kind).get(id);
      if (!known || known.revision >= revision) continue;
      this.retireOlder(known, { revision, pools: [] });
      this.scopesOf(kind).delete(id);
    }
  }

  /** What the ledger is to hear now: finals, and reports of what changed and of what has been silent for a while. */
  facts(now: number): Facts {
    const finals = [...this.ended].slice(0, FINALS_MAX).map((lease) => lease.final());
    const reports: LeaseReport[] = [];
    for (const lease of this.leases.values()) {
      if (this.ended.has(lease) || reports.length === REPORTS_MAX) continue;
      if (!this.changed.has(lease) && !isDue(lease, now)) continue;
      if (lease.retired) lease.giveUpSlack();
      this.changed.delete(lease);
      reports.push(lease.report(now));
    }
    return { finals, reports, unlimited: this.unlimited.splice(0, UNLIMITED_MAX) };
  }

  /** @param sentAt of the facts. Answers the numbers of the leases that are done with. */
  heard({ finals, reports, unlimited }: Facts, answer: FactsAnswer, sentAt: number): readonly bigint[] {
    unlimited.forEach(({ kind, id, revision }, index) => {
      const known = this.scopesOf(kind).get(id);
      // What was heard since goes before it.
      if (known?.revision !== revision || known.pools.length > 0 || !answer.unlimitedStill[index]) return;
      known.validUntil = Math.max(known.validUntil, sentAt + answer.validForMs);
    });
    const stopped = new Set([...answer.gone, ...answer.recalled]);
    for (const { number } of reports) {
      const lease = this.leases.get(number);
      if (!lease) continue;
      if (stopped.has(number)) this.stop(lease);
      else lease.renew(sentAt, answer.validForMs);
    }
    for (const { number } of finals) {
      const lease = this.leases.get(number);
      if (!lease) continue;
      this.ended.delete(lease);
      this.leases.delete(number);
    }
    return finals.map(({ number }) => number);
  }

  /** Whoever sent them does not know whether they were heard: they are said again. */
  unheard({ reports }: Facts): void {
    for (const { number } of reports) {
      const lease = this.leases.get(number);
      // Of one that has ended meanwhile its final says all.
      if (lease && !this.ended.has(lease)) this.changed.add(lease);
    }
  }

  /**
   * Leases whose time is over, or of which nothing has been taken for a while, go back; scopes without limits that are in use are to be
   * known for longer.
   */
  sweep(now: number): void {
    for (const lease of this.leases.values()) {
      const idle = lease.held === 0n && now - lease.usedAt >= IDLE_MS;
      if (!lease.retired && (idle || now >= lease.admitUntil)) this.retire(lease);
    }
    const needed = new Set<Pool>();
    this.unlimited = [];
    for (const [kind, known] of Object.entries(this.scopes)) {
      for (const [id, { revision, pools, validUntil, usedAt }] of known) {
        if (now >= validUntil) known.delete(id);
        else if (pools.length > 0) for (const pool of pools) needed.add(pool);
        else if (validUntil - now <= RENEW_KNOWN_MS && now - usedAt <= IN_USE_MS)
          this.unlimited.push({ kind: kind as ScopeKind, id, revision });
      }
    }
    for (const [id, pool] of this.pools) {
      if (pool.wantedUntil <= now) pool.wantedUntil = 0;
      if (pool.leases.length === 0 && !needed.has(pool)) this.pools.delete(id);
    }
  }

  /** Nothing more is admitted; all that is not under way goes back. */
  retireAll(): void {
    for (const lease of [...this.leases.values()]) this.retire(lease);
  }

  private choose(
    { scopes, want, least: lowest, unpriced }: HoldRequest,
    accept: 'want' | 'least',
    now: number,
    pinned: readonly HeldPart[],
  ): Chosen | undefined {
    const parts: ChosenPart[] = [];
    let knownUntil = Infinity;
    for (const scope of scopes) {
      const known = this.scopesOf(scope.kind).get(scope.id);
      if (!known || known.revision < scope.revision) return undefined;
      // What was just granted is what applies, however short the time for which that is known.
      if (accept === 'want' && now >= known.validUntil) return undefined;
      known.usedAt = now;
      knownUntil = Math.min(knownUntil, known.validUntil);
      for (const pool of known.pools) {
        const { unit } = pool;
        const wanted = amountOf(want, unit);
        if (unpriced && unit === 'nanoUsd') return undefined;
        if (wanted === 0n) continue;
        const pin = pinnedOf(pinned, pool, known.revision, now);
        const lease =
          pin?.lease ??
          (accept === 'want'
            ? pool.leaseFor(wanted, scope.revision, now)
            : pool.roomiest(scope.revision, now));
        if (!lease) return undefined;
        const amount = pin?.amount ?? (accept === 'want' ? wanted : minOf(wanted, lease.room));
        if (amount < amountOf(lowest, unit)) return undefined;
        parts.push({ pool, lease, amount });
      }
    }
    return { parts, knownUntil };
  }

  /** Each by its name, since what is looked up by a key that changes is found several times as slowly. */
  private scopesOf(kind: ScopeKind): Map<string, KnownScope> {
    const { scopes } = this;
    switch (kind) {
      case 'provision':
        return scopes.provision;
      case 'workspace':
        return scopes.workspace;
      case 'apiKey':
        return scopes.apiKey;
      case 'integration':
        return scopes.integration;
      case 'organization':
        return scopes.organization;
      case 'workspaceKey':
        return scopes.workspaceKey;
    }
  }

  /** Undefined where it is unknown under this revision. */
  private scopeOf({ kind, id, revision }: LeaseScope, now: number): KnownScope | undefined {
    const known = this.scopesOf(kind).get(id);
    return known && known.revision >= revision && now < known.validUntil ? known : undefined;
  }

  private poolOf(state: Grant['covered'][number]): Pool {
    const known = this.pools.get(state.id);
    if (known) {
      known.state = state;
      return known;
    }
    const pool = new Pool(state);
    this.pools.set(state.id, pool);
    return pool;
  }

  /** Leases of an older revision, and those of limits that the scope has no more. */
  private retireOlder(
    before: KnownScope | undefined,
    { revision, pools }: Pick<KnownScope, 'revision' | 'pools'>,
  ): void {
    for (const pool of before?.pools ?? []) {
      for (const lease of [...pool.leases]) {
        if (lease.revision < revision || !pools.includes(pool)) this.retire(lease);
      }
    }
  }

  private retire(lease: Lease): void {
    if (lease.retired) return;
    lease.retired = true;
    this.pools.get(lease.name.limitId)?.remove(lease);
    if (lease.held === 0n) return this.end(lease);
    this.changed.add(lease);
    const { limitId } = lease.name;
    this.draining.set(limitId, (this.draining.get(limitId) ?? new Set()).add(lease));
  }

  /** By the ledger's answer to a report, unlike by a notice that somebody waits. */
  private stop(lease: Lease): void {
    lease.stopped = true;
    this.retire(lease);
  }

  private end(lease: Lease): void {
    const { limitId } = lease.name;
    const draining = this.draining.get(limitId);
    if (draining?.delete(lease) && draining.size === 0) this.draining.delete(limitId);
    this.changed.delete(lease);
    this.ended.add(lease);
  }

  private afterChange(pool: Pool, lease: Lease): void {
    if (lease.room < 0n) this.retire(lease);
    if (!lease.retired) return;
    if (lease.held === 0n) this.end(lease);
    else if (pool.wantedUntil > 0) this.changed.add(lease);
  }
}

/** Undefined where nothing of a limit is held already, or nothing that is of use. */
const pinnedOf = (
  pinned: readonly HeldPart[],
  pool: Pool,
  revision: bigint,
  now: number,
): HeldPart | undefined =>
  pinned.length === 0
    ? undefined
    : pinned.find((part) => part.pool === pool && part.lease.serves(revision, now));

/** Of what is wanted, as much as there is of every limit. */
const capOf = (want: Amounts, parts: readonly HeldPart[]): Amounts => {
  const cap: Record<Unit, bigint> = { ...want };
  for (const { pool, amount } of parts) cap[pool.unit] = minOf(cap[pool.unit], amount);
  return cap;
};

const isDue = ({ toldAt, usedAt, held }: Lease, now: number): boolean =>
  now - toldAt >= RENEW_EVERY_MS && (held > 0n || now - usedAt < NEARLY_IDLE_MS);

const keyOf = (kind: ScopeKind, id: string): string => `${kind} ${id}`;

const append = (lists: Map<string, Pool[]>, key: string, pool: Pool): void => {
  const list = lists.get(key);
  if (!list) lists.set(key, [pool]);
  else if (!list.includes(pool)) list.push(pool);
};
