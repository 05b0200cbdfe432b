export const DAY_MS = 86_400_000;

/** `2026-11-27`, in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** When a day begins, or one so many days after it. */
export const instantOf = (day: string, daysAfter = 0): string => {
  const begins = Date.parse(`${day}T00:00:00Z`);
  return new Date((Number.isNaN(begins) ? 0 : begins) + daysAfter * DAY_MS).toISOString();
};
