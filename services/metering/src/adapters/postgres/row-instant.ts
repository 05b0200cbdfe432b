/** Text, which the driver passes on as it is: it formats times ten times more slowly. */
export const toRowInstant = (instant: Date | undefined): string | null => instant?.toISOString() ?? null;

/** Statements on their way, for which nobody has waited yet. */
export type Sent = readonly Promise<unknown>[];
