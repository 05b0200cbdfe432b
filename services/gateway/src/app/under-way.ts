/** What is under way knows its place among the others, which is its list's to say; -1 where it has none. */
export interface Placed {
  place: number;
}

/**
 * What comes and goes with each call. A `Set` leaves something behind: each table that it has outgrown leads to the next, so that one
 * which has grown old keeps all that came since, whole calls, until the old are collected.
 */
export class UnderWay<T extends Placed> {
  private readonly all: T[] = [];

  get size(): number {
    return this.all.length;
  }

  /** As they are now, in no order. */
  get now(): readonly T[] {
    return [...this.all];
  }

  add(one: T): void {
    one.place = this.all.length;
    this.all.push(one);
  }

  /** What is not among them stays out. */
  remove(one: T): void {
    const { place } = one;
    if (this.all[place] !== one) return;
    const last = this.all.pop() as T;
    if (last !== one) {
      this.all[place] = last;
      last.place = place;
    }
    one.place = -1;
  }
}
