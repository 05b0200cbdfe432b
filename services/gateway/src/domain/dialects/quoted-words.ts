const QUOTE = 0x22;

/** Where the words end that were looked for, each at its own place in the list, quotes included; −1 for one that is not there. */
export interface WordEnds {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Finds words that stand in quotes, all of them in one pass: each event of a stream is searched for several. */
export class QuotedWords {
  private readonly quoted: readonly Buffer[];
  /** By the byte behind the opening quote: places of words in the list. */
  private readonly byFirst: readonly (readonly number[])[];
  private readonly ends: WordEnds;

  constructor(words: readonly string[]) {
    this.quoted = words.map((word) => Buffer.from(JSON.stringify(word)));
    const byFirst: number[][] = Array.from({ length: 256 }, () => []);
    for (const [place, quoted] of this.quoted.entries()) byFirst[quoted[1] as number]?.push(place);
    this.byFirst = byFirst;
    this.ends = { first: new Int32Array(words.length), last: new Int32Array(words.length) };
  }

  /** Good until others are looked for. */
  endsIn(bytes: Buffer): WordEnds {
    const { first, last } = this.ends;
    first.fill(-1);
    last.fill(-1);
    for (let at = 0, end = bytes.length - 1; at < end; at++) {
      if (bytes[at] !== QUOTE) continue;
      const candidates = this.byFirst[bytes[at + 1] as number] as readonly number[];
      for (let candidate = 0; candidate < candidates.length; candidate++) {
        const place = candidates[candidate] as number;
        const quoted = this.quoted[place] as Buffer;
        if (!isAt(bytes, at, quoted)) continue;
        last[place] = at + quoted.length;
        if (first[place] === -1) first[place] = last[place] as number;
      }
    }
    return this.ends;
  }
}

const isAt = (bytes: Buffer, at: number, quoted: Buffer): boolean => {
  if (at + quoted.length > bytes.length) return false;
  for (let index = 1; index < quoted.length; index++) if (bytes[at + index] !== quoted[index]) return false;
  return true;
};
