/** Names that bodies are full of: each becomes the one text that is here, and not another with each body. */
export class KnownNames {
  /** By their length. */
  private readonly names: { readonly bytes: Buffer; readonly name: string }[][] = [];

  /** @param names of ASCII, each once. */
  constructor(names: Iterable<string>) {
    for (const name of names) (this.names[name.length] ??= []).push({ bytes: Buffer.from(name), name });
  }

  /** The name that stands there, without quotes and escapes; undefined where it is none of them. */
  at(body: Buffer, start: number, end: number): string | undefined {
    const alike = this.names[end - start];
    if (!alike) return undefined;
    for (const { bytes, name } of alike) if (isAt(body, start, bytes)) return name;
    return undefined;
  }
}

const isAt = (body: Buffer, start: number, bytes: Buffer): boolean => {
  for (let at = 0; at < bytes.length; at++) if (body[start + at] !== bytes[at]) return false;
  return true;
};
