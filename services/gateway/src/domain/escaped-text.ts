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
  /** False where it is not in a text, which takes next to nothing to tell; true where it may be. */
  mayBeIn(text: string): boolean;
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
/** A run as long as this is hardly ever found by chance. */
const RUN_ENOUGH = 16;

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
 * Finds by a run of characters that nobody escapes, which is one quick search, and compares what is around it only where
 * that is found.
 */
export const escapedText = (text: string): EscapedText => new AnchoredText(text);

/** Most are looked for once or twice and never found: what else is to be known of one is made when something looks like it. */
class AnchoredText implements EscapedText {
  private known: readonly Character[] | undefined;
  private oneLine: boolean | undefined;
  private anchor: string;
  private anchorBytes: Buffer | undefined;
  /** Where in the text the anchor begins. */
  private readonly anchorAt: number;
  /** Characters before the anchor. */
  private before = 0;

  constructor(private text: string) {
    const run = plainRun(text);
    this.anchor = run ? text.slice(run.start, run.end) : text;
    this.anchorAt = run ? run.start : 0;
  }

  private get characters(): readonly Character[] {
    if (this.known) return this.known;
    if (this.anchorAt > 0) this.before = [...this.text.slice(0, this.anchorAt)].length;
    return (this.known = [...this.text].map(characterOf));
  }

  private get isOneLine(): boolean {
    return (this.oneLine ??= !this.text.includes('\n'));
  }

  mayBeIn(text: string): boolean {
    return this.anchor !== '' && text.includes(this.anchor);
  }

  find(bytes: Buffer, from: number): Found | undefined {
    if (this.anchor === '') return undefined;
    const anchor = (this.anchorBytes ??= Buffer.from(this.anchor));
    for (let at = bytes.indexOf(anchor, from); at >= 0; at = bytes.indexOf(anchor, at + 1)) {
      const { characters } = this;
      const start = this.startBefore(bytes, from, at);
      if (start === undefined) continue;
      const end = this.matched(bytes, at, this.before, characters.length);
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
    this.anchorBytes?.fill(0);
    for (const { raw } of this.known ?? []) raw.fill(0);
    this.known = [];
    this.text = this.anchor = '';
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

/**
 * The first that begins with a capital and is long enough, for a search stops wherever the first letter stands, and few capitals do. Else the
 * first of the longest runs.
 */
const plainRun = (text: string): Found | undefined => {
  let longest: Found | undefined;
  for (let start = 0, at = 0; start < text.length; start = at = at + 1) {
    let capital = -1;
    for (; at < text.length && isPlain(text.charCodeAt(at)); at++) {
      if (capital < 0 && isCapital(text.charCodeAt(at))) capital = at;
      if (capital >= 0 && at - capital === RUN_ENOUGH - 1) return { start: capital, end: at + 1 };
    }
    if (at > start && (!longest || at - start > longest.end - longest.start)) longest = { start, end: at };
  }
  return longest;
};

const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;

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
