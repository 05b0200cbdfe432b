import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import type { Member, Span } from '../ask';
import { isObject, type Json } from '../json-values';
import { OUTPUT_MULTIPLIERS } from '../quirks';
import { invalidRequest, printable, Refusal } from '../refusal';
import { JsonMalformed, type JsonVisitor, scanJson } from './json-scan';

/** A value that is read has at most so many bytes: what is larger would be built as objects before it is refused. */
const VALUE_BYTES_MAX = 64 * 1024;
/** A body has at most so many keys of its own. */
const KEYS_MAX = 1_024;

/** What asks for an answer of a schema, in every language. */
const SCHEMA = Buffer.from('"json_schema"');

/** Scans a body. Throws Refusal where it is no JSON. */
export const scanBody = (body: Buffer, visitor: JsonVisitor): void => {
  try {
    scanJson(body, visitor);
  } catch (error) {
    if (error instanceof JsonMalformed) {
      throw invalidRequest(`The body could not be parsed as JSON (byte ${error.at}).`);
    }
    throw error;
  }
};

/** Reads the few members of a body whose values the gateway looks at. Every `read` is undefined for what is absent or null. */
export class BodyReader {
  constructor(
    private readonly body: Buffer,
    readonly members: ReadonlyMap<string, Member>,
  ) {}

  /** Only for members that are small by nature. */
  value(name: string): unknown {
    const span = this.members.get(name);
    if (!span) return undefined;
    if (span.end - span.start > VALUE_BYTES_MAX) throw invalidRequest(`'${name}' is too large.`, name);
    return valueAt(this.body, span) ?? undefined;
  }

  /** The object that it is; undefined where it is something else. */
  object(name: string): Json | undefined {
    const value = this.value(name);
    return isObject(value) ? value : undefined;
  }

  /** Whether it is there, and not null. */
  has(name: string): boolean {
    const span = this.members.get(name);
    return span !== undefined && this.body[span.start] !== BEGINS_NULL;
  }

  /** Whether it asks for anything: null, false and an empty list do not. */
  asks(name: string): boolean {
    const span = this.members.get(name);
    if (!span) return false;
    const first = this.body[span.start];
    return first !== BEGINS_NULL && first !== BEGINS_FALSE && !isEmptyList(this.body, span.start);
  }

  /** Whether its value asks for an answer of a schema, as nearly as can be told without parsing. */
  asksSchema(name: string): boolean {
    const span = this.members.get(name);
    return span !== undefined && this.body.subarray(span.start, span.end).includes(SCHEMA);
  }

  model(): string | undefined {
    const value = this.value('model');
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value !== '' && value.length <= 512) return value;
    throw invalidRequest("'model' must be a string of 1 to 512 characters.", 'model');
  }

  boolean(name: string): boolean | undefined {
    return booleanOf(name, this.value(name));
  }

  /** A whole number from 1 to `max`. */
  count(name: string, max = Number.MAX_VALUE): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
    const range = max === Number.MAX_VALUE ? 'of at least 1' : `from 1 to ${max}`;
    throw invalidRequest(`'${name}' must be an integer ${range}.`, name);
  }

  /** Output limits under every name that some server knows. */
  outputLimits(): ReadonlyMap<string, number> {
    let limits: Map<string, number> | undefined;
    for (const name of OUTPUT_LIMIT_NAMES) {
      const tokens = this.count(name);
      if (tokens !== undefined) limits = (limits ?? new Map<string, number>()).set(name, tokens);
    }
    return limits ?? NO_LIMITS;
  }

  multipliers(): ReadonlySet<string> {
    const multiplying = OUTPUT_MULTIPLIERS.filter((name) => multiplies(this.value(name)));
    return multiplying.length > 0 ? new Set(multiplying) : NO_MULTIPLIERS;
  }

  /** The `type` of each object in a list, where it has one: found without building what else is in them. */
  typesIn(name: string): readonly string[] {
    const span = this.members.get(name);
    if (!span) return [];
    const list = this.body.subarray(span.start, span.end);
    const visitor = new TypesVisitor(list);
    scanJson(list, visitor);
    return visitor.types;
  }

  /** Bytes of the values of all members but these: whatever is not known to stay out of the prompt. */
  bytesBeside(names: ReadonlySet<string>): number {
    let bytes = 0;
    this.members.forEach((span, name) => {
      if (!names.has(name)) bytes += lengthOf(span);
    });
    return bytes;
  }

  bytesOf(name: string): number {
    return lengthOf(this.members.get(name));
  }
}

const NO_LIMITS: ReadonlyMap<string, number> = new Map();
const NO_MULTIPLIERS: ReadonlySet<string> = new Set();

export const BEGINS_NULL = 0x6e;
const BEGINS_TRUE = 0x74;
const BEGINS_FALSE = 0x66;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const EXACT_DIGITS = 15;

/** What stands there, which was found to be JSON: most of it is short, and told by how it begins. */
const valueAt = (body: Buffer, { start, end }: Span): unknown => {
  const first = body[start];
  if (first === BEGINS_NULL) return null;
  if (first === BEGINS_TRUE || first === BEGINS_FALSE) return first === BEGINS_TRUE;
  if (first === QUOTE && !isEscaped(body, start, end)) return body.toString('utf8', start + 1, end - 1);
  return wholeNumberAt(body, start, end) ?? JSON.parse(body.toString('utf8', start, end));
};

/** What stands there was found to be JSON: white space is all that is in no value. */
const isEmptyList = (body: Buffer, start: number): boolean => {
  if (body[start] !== OPEN_ARRAY) return false;
  let at = start + 1;
  while ((body[at] as number) <= SPACE) at++;
  return body[at] === CLOSE_ARRAY;
};

/** Of digits alone, and no more than a number holds exactly: limits are that, and a parser costs as much as reading all of a prompt. */
const wholeNumberAt = (body: Buffer, start: number, end: number): number | undefined => {
  if (end - start > EXACT_DIGITS) return undefined;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (body[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
};

const isEscaped = (body: Buffer, start: number, end: number): boolean => {
  for (let at = start; at < end; at++) if (body[at] === BACKSLASH) return true;
  return false;
};

/** Hears the `type` of every object that stands in a list. */
class TypesVisitor implements JsonVisitor {
  readonly types: string[] = [];
  private keyIsType = false;

  constructor(private readonly list: Buffer) {}

  key(depth: number, start: number, end: number, escaped: boolean): void {
    if (depth === 2) this.keyIsType = textAt(this.list, start, end, escaped) === 'type';
  }

  string(depth: number, start: number, end: number, escaped: boolean): void {
    if (depth === 2 && this.keyIsType) this.types.push(textAt(this.list, start, end, escaped));
  }

  open(): void {}
  close(): void {}
  scalar(): void {}
}

export const booleanOf = (name: string, value: unknown): boolean | undefined => {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidRequest(`'${name}' must be a boolean.`, name);
};

/** What the gateway cannot bound. */
export const unsupported = (param: string, message: string): Refusal =>
  new Refusal('unsupported_parameter', message, { param });

/** Once, or not at all, is what happens without it. */
const multiplies = (value: unknown): boolean => value !== undefined && value !== false && value !== 1;

const lengthOf = (span: Span | undefined): number => (span ? span.end - span.start : 0);

const SHOWN_MAX = 64;

/** What an answer shows of a key. */
const shown = (key: string): string => printable(key, SHOWN_MAX);

/** No other spelling of it is in lower case. */
const IN_LOWER_CASE = /^[a-z0-9_]*$/;

/** Gathers the top-level members of a body. Throws Refusal for a key that is there twice, also in another case. */
export class Members {
  private readonly found = new Map<string, Member>();
  private keyStart = 0;

  /** @param controlled parameters that the gateway reads, and that bound what a call may cost. */
  constructor(private readonly controlled: ReadonlySet<string>) {}

  get all(): ReadonlyMap<string, Member> {
    return this.found;
  }

  key(name: string, start: number): void {
    if (this.found.size >= KEYS_MAX) throw invalidRequest(`The body has more than ${KEYS_MAX} keys.`);
    if (this.found.has(name)) throw invalidRequest(`The key '${shown(name)}' is given twice.`, shown(name));
    // Some servers match keys without regard to case: a second spelling would be a second value.
    if (!this.controlled.has(name) && !IN_LOWER_CASE.test(name)) this.assertSpelling(name);
    this.keyStart = start;
  }

  private assertSpelling(name: string): void {
    const folded = name.toUpperCase().toLowerCase();
    if (folded !== name && this.controlled.has(folded)) {
      throw invalidRequest(`The key '${shown(name)}' must be spelt '${folded}'.`, shown(name));
    }
  }

  end(name: string, start: number, end: number): void {
    this.found.set(name, { keyStart: this.keyStart, start, end });
  }
}

/** The text of a key or a string that stands there, quotes included. */
export const textAt = (body: Buffer, start: number, end: number, escaped: boolean): string => {
  const raw = body.toString('utf8', start, end);
  return escaped ? (JSON.parse(raw) as string) : raw.slice(1, -1);
};
