/** Not JSON; `at` is the offset of the offending byte. */
export class JsonMalformed extends Error {
  constructor(readonly at: number) {
    super(`not JSON at byte ${at}`);
    this.name = 'JsonMalformed';
  }
}

/**
 * Hears the tokens of a document in order. `depth` counts the containers around a token: 0 for the document itself, 1
 * for what is directly in it. Offsets are in bytes, ends are exclusive, spans of strings and keys include the quotes.
 */
export interface JsonVisitor {
  open(depth: number, isArray: boolean, start: number): void;
  close(depth: number, isArray: boolean, end: number): void;
  key(depth: number, start: number, end: number, escaped: boolean): void;
  /**
   * `decodedBytes` is at least the UTF-8 length of the string's value, `printedBytes` that of the JSON of the value where it is
   * printed anew.
   */
  string(
    depth: number,
    start: number,
    end: number,
    escaped: boolean,
    decodedBytes: number,
    printedBytes: number,
  ): void;
  /** A number, true, false or null. */
  scalar(depth: number, start: number, end: number): void;
}

/** Containers nested deeper than this are refused: nobody's prompt is that deep, and some parsers recurse. */
export const DEPTH_MAX = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const MINUS = 0x2d;
const ZERO = 0x30;
const LITERALS: ReadonlyMap<number, string> = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);
const ESCAPES: ReadonlySet<number> = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)));

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= 0x39;
const isHex = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

/**
 * One pass over the bytes of a document: accepts exactly what JSON.parse accepts (given UTF-8, and up to DEPTH_MAX) and
 * builds nothing. Throws JsonMalformed.
 */
export const scanJson = (bytes: Uint8Array, visitor: JsonVisitor): void => new Scanner(bytes, visitor).scan();

class Scanner {
  private at = 0;
  private depth = 0;
  /** By depth: whether the container is an array, and whether it has a member. */
  private readonly arrays: boolean[] = [];
  private readonly filled: boolean[] = [];
  private quoteAt = -1;
  private backslashAt = -1;
  private escaped = false;
  private decodedBytes = 0;
  private printedBytes = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly visitor: JsonVisitor,
  ) {}

  scan(): void {
    this.space();
    this.value();
    while (this.depth > 0) this.member();
    this.space();
    if (this.at < this.bytes.length) this.fail();
  }

  private fail(): never {
    throw new JsonMalformed(this.at);
  }

  /** 0 past the end, which no rule accepts. */
  private byte(): number {
    return this.at < this.bytes.length ? (this.bytes[this.at] as number) : 0;
  }

  private space(): void {
    const { bytes } = this;
    while (this.at < bytes.length) {
      const byte = bytes[this.at] as number;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }

  private member(): void {
    const isArray = this.arrays[this.depth] === true;
    this.space();
    if (this.byte() === (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) return this.close(isArray);
    if (this.filled[this.depth]) {
      if (this.byte() !== COMMA) this.fail();
      this.at++;
      this.space();
    }
    this.filled[this.depth] = true;
    if (!isArray) this.key();
    this.value();
  }

  private key(): void {
    const start = this.at;
    if (this.byte() !== QUOTE) this.fail();
    this.string();
    this.visitor.key(this.depth, start, this.at, this.escaped);
    this.space();
    if (this.byte() !== COLON) this.fail();
    this.at++;
    this.space();
  }

  private value(): void {
    const start = this.at;
    switch (this.byte()) {
      case OPEN_OBJECT:
        return this.open(false);
      case OPEN_ARRAY:
        return this.open(true);
      case QUOTE:
        this.string();
        return this.visitor.string(
          this.depth,
          start,
          this.at,
          this.escaped,
          this.decodedBytes,
          this.printedBytes,
        );
      default:
        return this.scalar();
    }
  }

  private scalar(): void {
    const start = this.at;
    const literal = LITERALS.get(this.byte());
    if (literal) this.literal(literal);
    else this.number();
    this.visitor.scalar(this.depth, start, this.at);
  }

  private open(isArray: boolean): void {
    if (this.depth >= DEPTH_MAX) this.fail();
    this.visitor.open(this.depth, isArray, this.at);
    this.depth++;
    this.at++;
    this.arrays[this.depth] = isArray;
    this.filled[this.depth] = false;
  }

  private close(isArray: boolean): void {
    this.depth--;
    this.at++;
    this.visitor.close(this.depth, isArray, this.at);
  }

  private string(): void {
    const { bytes } = this;
    const start = this.at;
    this.escaped = false;
    this.printedBytes = 0;
    let saved = 0;
    for (this.at++; ;) {
      this.at = firstControl(bytes, this.at, Math.min(this.nextQuote(), this.nextBackslash()));
      const byte = this.byte();
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) this.fail();
      saved += this.escape();
    }
    this.at++;
    this.decodedBytes = this.at - start - 2 - saved;
    this.printedBytes += this.at - start;
  }

  /** Where a byte comes next: their number where it comes no more. */
  private next(byte: number): number {
    const found = this.bytes.indexOf(byte, this.at);
    return found < 0 ? this.bytes.length : found;
  }

  /** Both are searched for once until they are passed: however many of the other there are, no byte is searched more than once. */
  private nextQuote(): number {
    if (this.quoteAt < this.at) this.quoteAt = this.next(QUOTE);
    return this.quoteAt;
  }

  private nextBackslash(): number {
    if (this.backslashAt < this.at) this.backslashAt = this.next(BACKSLASH);
    return this.backslashAt;
  }

  /** Moves past an escape; answers by how many bytes it is longer than what it stands for, at least. */
  private escape(): number {
    this.escaped = true;
    this.at++;
    if (this.byte() !== 0x75) {
      if (!ESCAPES.has(this.byte())) this.fail();
      this.at++;
      return 1;
    }
    this.at++;
    let unit = 0;
    for (const end = this.at + 4; this.at < end; this.at++) {
      const byte = this.byte();
      if (!isHex(byte)) this.fail();
      unit = unit * 16 + (isDigit(byte) ? byte - ZERO : (byte | 0x20) - 0x57);
    }
    // Half of a surrogate pair counts 3 where 2 would do: never too little.
    const saved = 6 - (unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3);
    if (!isEscapedAnew(unit)) this.printedBytes -= saved;
    return saved;
  }

  private literal(text: string): void {
    for (let index = 0; index < text.length; index++, this.at++) {
      if (this.byte() !== text.charCodeAt(index)) this.fail();
    }
  }

  private number(): void {
    if (this.byte() === MINUS) this.at++;
    if (this.byte() === ZERO) this.at++;
    else this.digits();
    if (this.byte() === 0x2e) {
      this.at++;
      this.digits();
    }
    if ((this.byte() | 0x20) === 0x65) {
      this.at++;
      if (this.byte() === MINUS || this.byte() === 0x2b) this.at++;
      this.digits();
    }
  }

  private digits(): void {
    if (!isDigit(this.byte())) this.fail();
    while (isDigit(this.byte())) this.at++;
  }
}

/** Whether it may be escaped wherever it is printed: half of a pair is where the other half is not there. */
const isEscapedAnew = (unit: number): boolean =>
  unit < 0x20 || unit === QUOTE || unit === BACKSLASH || (unit & 0xf800) === 0xd800;

/** Shorter pieces are looked at byte by byte. */
const LOOKED_AT_TOGETHER_MIN = 64;

/** Where the first control character stands, which no string may hold; `to` where none does. */
const firstControl = (bytes: Uint8Array, from: number, to: number): number => {
  let at = to - from < LOOKED_AT_TOGETHER_MIN ? from : firstDoubtful(bytes, from, to);
  while (at < to && (bytes[at] as number) >= 0x20) at++;
  return at;
};

const EACH_0X20 = 0x20202020;
const EACH_HIGH_BIT = 0x80808080;
const WORDS_TOGETHER = 8;

/** Before which there is no control character, found 32 bytes at a time; what is behind it is doubtful. */
const firstDoubtful = (bytes: Uint8Array, from: number, to: number): number => {
  const first = from + ((4 - ((bytes.byteOffset + from) % 4)) % 4);
  for (let at = from; at < first; at++) if ((bytes[at] as number) < 0x20) return at;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, Math.floor((to - first) / 4));
  let at = 0;
  for (; at + WORDS_TOGETHER <= words.length; at += WORDS_TOGETHER) {
    const borrows =
      borrowsAt(words, at) |
      borrowsAt(words, at + 1) |
      borrowsAt(words, at + 2) |
      borrowsAt(words, at + 3) |
      borrowsAt(words, at + 4) |
      borrowsAt(words, at + 5) |
      borrowsAt(words, at + 6) |
      borrowsAt(words, at + 7);
    if ((borrows & EACH_HIGH_BIT) !== 0) break;
  }
  return first + at * 4;
};

/** Taking 0x20 from each byte borrows from the high bit of those that are less; a borrow may come from a neighbour. */
const borrowsAt = (words: Int32Array, at: number): number => {
  const word = words[at] as number;
  return (word - EACH_0X20) & ~word;
};
