const YEAR_1 = Date.parse('0001-01-01T00:00:00Z');
const YEAR_10000 = Date.parse('+010000-01-01T00:00:00Z');

/** Whether an instant is in the years 1 to 9999: what RFC 3339, protobuf and Postgres can all say. */
export const isSayableInstant = (at: Date): boolean => at.getTime() >= YEAR_1 && at.getTime() < YEAR_10000;
