/** A JSON object whose members are unknown. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, or an empty one in place of whatever else. */
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

/** The objects of a list; none in place of whatever else. */
export const objectsIn = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** More than anybody counts. Sums of some of them are whole numbers still. */
const COUNT_MAX = 2 ** 50;

/** A count, also where it was written as text; undefined where it is none, or so large that it cannot be one. */
export const countOf = (value: unknown): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= COUNT_MAX
    ? count
    : undefined;
};

/** The first that is a count. */
export const firstOf = (usage: Json, paths: readonly string[]): number | undefined => {
  for (const path of paths) {
    const count = countOf(valueAt(usage, path));
    if (count !== undefined) return count;
  }
  return undefined;
};

/** By path: they are those of the code and of the catalog, and each answer is looked through by a dozen of them. */
const NAMES = new Map<string, readonly string[]>();

const namesIn = (path: string): readonly string[] => {
  const known = NAMES.get(path);
  if (known) return known;
  const names = path.split('.');
  NAMES.set(path, names);
  return names;
};

/** What lies at a dotted path; undefined where nothing does. Places in lists are numbers. */
export const valueAt = (value: unknown, path: string): unknown => {
  let inner = value;
  for (const name of namesIn(path)) {
    if (inner === undefined) return undefined;
    inner = Array.isArray(inner) ? inner[Number(name)] : objectOf(inner)[name];
  }
  return inner;
};

/** By which some servers say that what follows is UTF-8. */
const MARK = '\ufeff';

/** The JSON object that bytes are; undefined where they are something else. */
export const jsonObjectIn = (bytes: Buffer): Json | undefined => {
  try {
    const text = bytes.toString('utf8');
    const value = JSON.parse(text.startsWith(MARK) ? text.slice(1) : text) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
