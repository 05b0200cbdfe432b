export const DAY_MS = 86_400_000;

/** `2026-11-27`, in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** When a day begins. */
export const beginOf = (day: string): string => new Date(beginIn(day)).toISOString();

/** The last moment of a day: the next one's first minute would be counted too. */
export const endOf = (day: string): string => new Date(beginIn(day) + DAY_MS - 1).toISOString();

const beginIn = (day: string): number => {
  const begins = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(begins) ? 0 : begins;
};
