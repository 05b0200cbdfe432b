import { maxOf, type Unit } from './amounts';
import { Demand } from './demand';
import type { Lease } from './lease';
import type { LimitState } from './limit-state';

/** What is asked for before it is needed, by one for all who will need it. */
export interface AskedAhead {
  /** Somebody does, and has no answer yet. */
  askedAhead: boolean;
}

/** What this journal holds of one limit. */
export class Pool implements AskedAhead {
  /** Oldest first. */
  readonly leases: Lease[] = [];
  readonly demand = new Demand();
  /** Monotonic milliseconds. Until then somebody waits for the limit, here or elsewhere, as far as is known. */
  wantedUntil = 0;
  /** Monotonic milliseconds. Until then nothing is asked for ahead: there was nothing to be had beyond need. */
  scarceUntil = 0;
  askedAhead = false;

  readonly unit: Unit;

  constructor(public state: LimitState) {
    this.unit = state.unit;
  }

  /** A lease of which an amount can be taken, granted under the revision asked for or a later one. */
  leaseFor(amount: bigint, revision: bigint, now: number): Lease | undefined {
    for (const lease of this.leases)
      if (lease.room >= amount && lease.admits(now) && lease.revision >= revision) return lease;
    return undefined;
  }

  /** Of the lease with the most of it. */
  roomiest(revision: bigint, now: number): Lease | undefined {
    let roomiest: Lease | undefined;
    for (const lease of this.leases) {
      if (!lease.admits(now) || lease.revision < revision) continue;
      if (!roomiest || lease.room > roomiest.room) roomiest = lease;
    }
    return roomiest;
  }

  room(now: number): bigint {
    return this.leases.reduce((sum, lease) => (lease.admits(now) ? sum + maxOf(0n, lease.room) : sum), 0n);
  }

  remove(lease: Lease): void {
    const at = this.leases.indexOf(lease);
    if (at >= 0) this.leases.splice(at, 1);
  }

  /** As it stands for this journal: what it holds and has not used is no obstacle to it. */
  stateHere(now: number): LimitState {
    return { ...this.state, held: maxOf(0n, this.state.held - this.room(now)) };
  }
}
