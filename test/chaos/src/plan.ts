import type { SeededRandom } from '@gatehouse/kernel/testing';

/** What a plan has to know of a kind of fault. */
export interface Kind {
  readonly kind: string;
  /** Whether it strikes a gateway, or what all of them share. */
  readonly strikes: 'gateway' | 'shared';
  /** How long it lasts, in milliseconds: at least, at most. */
  readonly lastsMs: readonly [number, number];
}

/** One fault of a plan. */
export interface Blow {
  readonly kind: string;
  /** How long nothing happens before it, and how long it lasts; milliseconds. */
  readonly pauseMs: number;
  readonly lastsMs: number;
  /** From 1; of what strikes no gateway 0. */
  readonly gateway: number;
  /** From 0 to 999, for what a kind of fault has to choose by itself. */
  readonly dice: number;
}

/** Blows that follow each other, beside those of other lanes: no two lanes strike the same gateway. */
export type Lane = readonly Blow[];

const PAUSE_MS = [1_000, 6_000] as const;

/**
 * Two lanes for the gateways, one for what they share. In each a kind comes again only after all others of it came, so that a
 * short run has many kinds. Each lane is long enough for its time, whatever strikes and heals take.
 */
export const planOf = (
  random: SeededRandom,
  {
    kinds,
    gateways,
    minutes,
  }: { readonly kinds: readonly Kind[]; readonly gateways: number; readonly minutes: number },
): readonly Lane[] => {
  const half = Math.ceil(gateways / 2);
  const numbers = Array.from({ length: gateways }, (_, index) => index + 1);
  const lane = (own: readonly Kind[], struck: readonly number[]): Lane => {
    const blows: Blow[] = [];
    for (let plannedMs = 0; own.length > 0 && plannedMs < minutes * 60_000;) {
      for (const { kind, lastsMs } of random.shuffled(own)) {
        const blow = {
          kind,
          pauseMs: random.int(...PAUSE_MS),
          lastsMs: random.int(...lastsMs),
          gateway: struck.length > 0 ? (struck[random.int(0, struck.length - 1)] ?? 0) : 0,
          dice: random.int(0, 999),
        };
        blows.push(blow);
        plannedMs += blow.pauseMs + blow.lastsMs;
      }
    }
    return blows;
  };
  const ofGateways = kinds.filter(({ strikes }) => strikes === 'gateway');
  const shared = kinds.filter(({ strikes }) => strikes === 'shared');
  return [
    lane(ofGateways, numbers.slice(0, half)),
    lane(half < gateways ? ofGateways : [], numbers.slice(half)),
    lane(shared, []),
  ].filter((blows) => blows.length > 0);
};
