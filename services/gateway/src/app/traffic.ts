import { REFUSALS, type RefusalCode } from '../domain/refusal';
import { SURFACE_NAMES, type SurfaceName } from '../domain/surfaces/surface';
import type { UsageKind, UsageOfKind } from '@gatehouse/offering';

/** How a request ended: with an answer, whole or not, or with a refusal of this code. */
export type RequestEnd = 'completed' | 'providerFailed' | 'clientLeft' | RefusalCode;

/** How metrics and logs write how a request ended, and kinds of usage. */
export const inSnakeCase = (name: RequestEnd | UsageKind): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What a request asked for; `other` is what no surface has: lists of models, health, what is nowhere. */
export type Asked = SurfaceName | 'other';

export interface RequestCount {
  readonly asked: Asked;
  readonly end: RequestEnd;
  /** HTTP status; 0 where the client was told none. Those from 600 on are one. */
  readonly status: number;
  readonly count: number;
}

export interface TokenCount {
  readonly kind: UsageKind;
  /** The provider did not tell it. */
  readonly estimated: boolean;
  readonly count: number;
}

const ASKED: readonly Asked[] = [...SURFACE_NAMES, 'other'];
const ENDS: readonly RequestEnd[] = [
  ...(['completed', 'providerFailed', 'clientLeft'] as const),
  ...(Object.keys(REFUSALS) as RefusalCode[]),
];
const STATUSES = 601;
const ASKED_AT: ReadonlyMap<Asked, number> = new Map(ASKED.map((asked, at) => [asked, at]));
const ENDS_AT: ReadonlyMap<RequestEnd, number> = new Map(ENDS.map((end, at) => [end, at]));
/** Kinds of usage that are counted in pieces. */
const PIECES: ReadonlySet<UsageKind> = new Set(['search', 'request', 'image']);

/** Upper bounds of the classes in which times are counted, in milliseconds. */
const TIME_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** Times, counted by classes: nothing is kept of each. */
export class Times {
  /** Of each bound, and of what is above all of them. */
  private readonly counts = new Float64Array(TIME_BOUNDS.length + 1);
  private total = 0;

  add(ms: number): void {
    let at = 0;
    while (at < TIME_BOUNDS.length && ms > (TIME_BOUNDS[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.total += ms;
  }

  get sumMs(): number {
    return this.total;
  }

  /** How many took at most so long, by rising bounds; the last is Infinity. */
  upTo(): readonly { readonly ms: number; readonly count: number }[] {
    let count = 0;
    return [...TIME_BOUNDS, Infinity].map((ms, at) => ({ ms, count: (count += this.counts[at] as number) }));
  }
}

/**
 * What was served since the process began, as plain numbers: a request adds to a few of them, and who wants to know reads
 * them all. There are no more of them than there are surfaces, ends, statuses and kinds: nothing of a client's makes one.
 */
export class Traffic {
  /** From a request's body being there until it goes to its provider, waiting for room included. */
  readonly added = new Times();
  private readonly requests = new Map<number, number>();
  private readonly told = new Map<UsageKind, number>();
  private readonly estimated = new Map<UsageKind, number>();

  /** A request is over. @param status that its client was told, or 0. */
  ended(asked: Asked, end: RequestEnd, status: number): void {
    const key =
      ((ASKED_AT.get(asked) as number) * ENDS.length + (ENDS_AT.get(end) as number)) * STATUSES +
      Math.min(status, STATUSES - 1);
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
  }

  /** An attempt is settled. */
  used(kinds: readonly UsageOfKind[], estimated: boolean): void {
    const counts = estimated ? this.estimated : this.told;
    for (const { kind, quantity } of kinds) counts.set(kind, (counts.get(kind) ?? 0) + quantity);
  }

  requestCounts(): readonly RequestCount[] {
    return [...this.requests].map(([key, count]) => {
      const pair = Math.floor(key / STATUSES);
      return {
        asked: ASKED[Math.floor(pair / ENDS.length)] as Asked,
        end: ENDS[pair % ENDS.length] as RequestEnd,
        status: key % STATUSES,
        count,
      };
    });
  }

  tokenCounts(): readonly TokenCount[] {
    const of = (counts: ReadonlyMap<UsageKind, number>, estimated: boolean): TokenCount[] =>
      [...counts].flatMap(([kind, count]) => (PIECES.has(kind) ? [] : [{ kind, estimated, count }]));
    return [...of(this.told, false), ...of(this.estimated, true)];
  }
}
