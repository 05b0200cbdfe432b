/** A JSON object whose members are unknown. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, or an empty one in place of whatever else. */
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

/** A count, also where it was written as text. */
export const countOf = (value: unknown): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
};

/** The first that is a count. */
export const firstOf = (usage: Json, paths: readonly string[]): number | undefined => {
  for (const path of paths) {
    const count = countOf(valueAt(usage, path));
    if (count !== undefined) return count;
  }
  return undefined;
};

/** What lies at a dotted path; undefined where nothing does. Places in lists are numbers. */
export const valueAt = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, name) => (Array.isArray(inner) ? inner[Number(name)] : objectOf(inner)[name]),
      value,
    );

/** The JSON object that bytes are; undefined where they are something else. */
export const jsonObjectIn = (bytes: Buffer): Json | undefined => {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
