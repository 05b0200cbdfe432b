import type { Arena } from '../arena';
import type { Need } from '../machine';
import type { Blow, Kind } from '../plan';

/** Ends a fault; rejects when what was struck does not come back. */
export type Heal = () => Promise<void>;

/** A way in which the world breaks. What it is allowed to cost is in its own words; where it has none, nothing. */
export interface Fault extends Kind {
  readonly needs?: Need;
  /** Answers when it has begun. Rejects when the product lets happen what it must not. */
  strike(arena: Arena, blow: Blow): Promise<Heal>;
}
