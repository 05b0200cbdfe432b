const LF = 0x0a;
const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const LETTER_U = 0x75;

/** Where a text stands; the end is exclusive. */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/** A text that is looked for in bytes, whichever of its characters are escaped there, as JSON or as URLs do. */
export interface EscapedText {
  find(bytes: Buffer, from: number): Found | undefined;
  /** Where a beginning of it stands that the end of the bytes breaks off; their length where none does. */
  beginsAtEndOf(bytes: Buffer): number;
  drop(): void;
}

/** As JSON writes them with a letter. */
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  ...{ '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' },
};
/** Of one character: six bytes, and as many backslashes before them as texts within texts have. */
const ESCAPED_BYTES_MAX = 16;

/** How one character may be written. */
interface Character {
  readonly raw: Buffer;
  /** Of each of its UTF-16 units: the four digits behind `\u`. */
  readonly units: readonly string[];
  /** What may follow a backslash in its place. */
  readonly short: Buffer | undefined;
}

type Match = number | 'broken off' | undefined;

/**
 * Finds by the longest run of characters that nobody escapes, which is one quick search, and compares what is around it
 * only where that is found.
 */
export const escapedText = (text: string): EscapedText => new AnchoredText(text);

class AnchoredText implements EscapedText {
  /** Made when something looks like the text, which hardly ever is so. */
  private known: readonly Character[] | undefined;
  private readonly anchor: Buffer;
  /** Characters before the anchor. */
  private readonly before: number;
  private readonly isOneLine: boolean;

  constructor(private text: string) {
    this.isOneLine = !text.includes('\n');
    const run = longestPlainRun(text);
    this.anchor = Buffer.from(run ? text.slice(run.start, run.end) : text);
    this.before = run && run.start > 0 ? [...text.slice(0, run.start)].length : 0;
  }

  private get characters(): readonly Character[] {
    this.known ??= [...this.text].map(characterOf);
    return this.known;
  }

  find(bytes: Buffer, from: number): Found | undefined {
    for (let at = bytes.indexOf(this.anchor, from); at >= 0; at = bytes.indexOf(this.anchor, at + 1)) {
      const start = this.startBefore(bytes, from, at);
      if (start === undefined) continue;
      const end = this.matched(bytes, at, this.before, this.characters.length);
      if (typeof end === 'number') return { start, end };
    }
    return undefined;
  }

  beginsAtEndOf(bytes: Buffer): number {
    // Events end in a line end, and a text of one line is not begun there.
    if (this.isOneLine && (bytes.length === 0 || bytes[bytes.length - 1] === LF)) return bytes.length;
    const longest = this.characters.length * ESCAPED_BYTES_MAX;
    const [first] = this.characters;
    for (let at = Math.max(0, bytes.length - longest); at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== first?.raw[0] && byte !== BACKSLASH && byte !== PERCENT) continue;
      if (this.matched(bytes, at, 0, this.characters.length) === 'broken off') return at;
    }
    return bytes.length;
  }

  drop(): void {
    this.anchor.fill(0);
    for (const { raw } of this.known ?? []) raw.fill(0);
    this.known = [];
    this.text = '';
  }

  /** From where on what is before the anchor leads up to it. */
  private startBefore(bytes: Buffer, from: number, anchorAt: number): number | undefined {
    if (this.before === 0) return anchorAt;
    const first = Math.max(from, anchorAt - this.before * ESCAPED_BYTES_MAX);
    for (let start = first; start < anchorAt; start++) {
      if (this.matched(bytes, start, 0, this.before) === anchorAt) return start;
    }
    return undefined;
  }

  /** Where the characters end that begin at a place; undefined where they are not there. */
  private matched(bytes: Buffer, start: number, first: number, last: number): Match {
    let at = start;
    for (let index = first; index < last; index++) {
      const end = endOf(bytes, at, this.characters[index]!);
      if (typeof end !== 'number') return end;
      at = end;
    }
    return at;
  }
}

/** The first of the longest. */
const longestPlainRun = (text: string): Found | undefined => {
  let longest: Found | undefined;
  for (let start = 0; start < text.length; start++) {
    let end = start;
    while (end < text.length && isPlain(text.charCodeAt(end))) end++;
    if (end > start && (!longest || end - start > longest.end - longest.start)) longest = { start, end };
    start = end;
  }
  return longest;
};

/** Whether nobody escapes it: a letter or a digit, of ASCII. */
const isPlain = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);

const characterOf = (character: string): Character => {
  const short = SHORT_ESCAPES[character] ?? (/^[!-/:-@[-`{-~]$/.test(character) ? character : undefined);
  return {
    raw: Buffer.from(character),
    units: [...Array(character.length).keys()].map((unit) =>
      character.charCodeAt(unit).toString(16).padStart(4, '0'),
    ),
    short: short === undefined ? undefined : Buffer.from(short),
  };
};

/** Where one character ends that begins at a place, however it is written. */
const endOf = (bytes: Buffer, at: number, character: Character): Match => {
  if (at >= bytes.length) return 'broken off';
  // A backslash may be the character itself, or stand before it.
  const escaped = bytes[at] === BACKSLASH ? endOfBackslashed(bytes, at, character) : undefined;
  if (escaped !== undefined) return escaped;
  const raw = endOfBytes(bytes, at, character.raw);
  if (raw !== undefined || bytes[at] !== PERCENT) return raw;
  return endOfPercents(bytes, at, character.raw);
};

const endOfBytes = (bytes: Buffer, at: number, expected: Buffer): Match => {
  for (let index = 0; index < expected.length; index++) {
    if (at + index >= bytes.length) return 'broken off';
    if (bytes[at + index] !== expected[index]) return undefined;
  }
  return at + expected.length;
};

const endOfBackslashed = (bytes: Buffer, at: number, { units, short }: Character): Match => {
  let letter = at;
  while (bytes[letter] === BACKSLASH && letter - at < ESCAPED_BYTES_MAX) letter++;
  if (letter >= bytes.length) return 'broken off';
  if (short && bytes[letter] === short[0]) return letter + 1;
  // The character is a backslash itself, escaped by those before it.
  if (short?.[0] === BACKSLASH && letter - at > 1) return letter;
  if (bytes[letter] !== LETTER_U) return undefined;
  return endOfUnits(bytes, letter, units);
};

/** Of the digits behind `\u`, and of whatever further units the character has. */
const endOfUnits = (bytes: Buffer, letter: number, units: readonly string[]): Match => {
  let end = letter;
  for (const [index, unit] of units.entries()) {
    if (index > 0) {
      while (bytes[end] === BACKSLASH) end++;
      if (end >= bytes.length) return 'broken off';
      if (bytes[end] !== LETTER_U) return undefined;
    }
    const digits = bytes.toString('latin1', end + 1, end + 5).toLowerCase();
    if (digits !== unit) return unit.startsWith(digits) && end + 5 > bytes.length ? 'broken off' : undefined;
    end += 5;
  }
  return end;
};

const endOfPercents = (bytes: Buffer, at: number, raw: Buffer): Match => {
  let end = at;
  for (const byte of raw) {
    const expected = `%${byte.toString(16).padStart(2, '0')}`;
    const text = bytes.toString('latin1', end, end + 3).toLowerCase();
    if (text !== expected)
      return expected.startsWith(text) && end + 3 > bytes.length ? 'broken off' : undefined;
    end += 3;
  }
  return end;
};
