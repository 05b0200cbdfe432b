/** What says how far a body goes, how it is packed, and what becomes of its connection. */
const OF_FRAMING = ['content-length', 'transfer-encoding', 'content-encoding', 'connection', 'keep-alive'];
const NONE: readonly string[] = [];

/** Names of headers that somebody hears, in lower case. Providers say two dozen more, which nobody has to make texts of. */
export class HeardHeaders {
  private readonly byLength: (readonly string[])[] = [];

  /** @param names beside those that frame an answer. */
  constructor(names: readonly string[]) {
    for (const name of new Set([...OF_FRAMING, ...names]))
      this.byLength[name.length] = [...(this.byLength[name.length] ?? NONE), name];
  }

  /** The one that stands in bytes, in whatever case; undefined where nobody hears it. */
  nameAt(bytes: Buffer, from: number, to: number): string | undefined {
    for (const name of this.byLength[to - from] ?? NONE) if (isAt(bytes, from, name)) return name;
    return undefined;
  }
}

const isAt = (bytes: Buffer, from: number, name: string): boolean => {
  for (let at = 0; at < name.length; at++) {
    const code = bytes[from + at] as number;
    const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
    if (lower !== name.charCodeAt(at)) return false;
  }
  return true;
};
