const REDACTED = Buffer.from('[redacted]');
/** A shorter secret, such as `EMPTY`, cannot be told from ordinary text; an error that holds it is replaced as a whole. */
const LENGTH_MIN = 8;

/** Which account is meant: an ordinary word, that an answer may hold. */
const ACCOUNT_FIELDS: ReadonlySet<string> = new Set(['organization', 'project']);

/** What of a credential's fields must not be seen. */
export const secretValuesIn = (fields: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(fields).flatMap(([name, value]) => (ACCOUNT_FIELDS.has(name) ? [] : [value]));

/** The values of a credential in the forms in which a provider might give them back. Held for one request. */
export class Secrets {
  private readonly needles: Buffer[];
  /** Those that are too short to be redacted. */
  private readonly short: readonly string[];

  constructor(values: readonly string[]) {
    const present = values.filter((value) => value !== '');
    this.short = present.filter((value) => value.length < LENGTH_MIN);
    const forms = new Set(present.filter((value) => value.length >= LENGTH_MIN).flatMap(formsOf));
    // Longest first: a form that contains another must not be left half redacted.
    this.needles = [...forms].map((form) => Buffer.from(form)).sort((a, b) => b.length - a.length);
  }

  occurIn(bytes: Buffer): boolean {
    return this.needles.some((needle) => bytes.includes(needle));
  }

  /** Of those that are too short to be redacted. */
  shortOccurIn(bytes: Buffer): boolean {
    return this.short.some((value) => bytes.includes(value));
  }

  occurInText(text: string): boolean {
    return this.occurIn(Buffer.from(text));
  }

  /** The same bytes without any of the values; the very same buffer when there are none. */
  redact(bytes: Buffer): Buffer {
    let clean = bytes;
    for (const needle of this.needles) clean = replaceAll(clean, needle);
    return clean;
  }

  /** Forgets the values. */
  drop(): void {
    for (const needle of this.needles) needle.fill(0);
    this.needles.length = 0;
  }
}

const formsOf = (value: string): string[] => {
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64];
};

const replaceAll = (bytes: Buffer, needle: Buffer): Buffer => {
  let at = bytes.indexOf(needle);
  if (at < 0) return bytes;
  const pieces: Buffer[] = [];
  let copied = 0;
  for (; at >= 0; at = bytes.indexOf(needle, copied)) {
    pieces.push(bytes.subarray(copied, at), REDACTED);
    copied = at + needle.length;
  }
  pieces.push(bytes.subarray(copied));
  return Buffer.concat(pieces);
};
