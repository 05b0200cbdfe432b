/** By when a secret is to be replaced. Nothing ends by it. */
export interface KeyRotation {
  /** 1 … 365. */
  readonly everyDays: number;
  readonly dueAt: Date;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Of a secret that is made at an instant; undefined for no days, where nobody says that it is to be replaced. */
export const rotationFrom = (at: Date, everyDays: number): KeyRotation | undefined =>
  everyDays === 0 ? undefined : { everyDays, dueAt: new Date(at.getTime() + everyDays * DAY_MS) };
