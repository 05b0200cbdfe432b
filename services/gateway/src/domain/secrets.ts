import { type EscapedText, escapedText } from './escaped-text';

const REDACTED = Buffer.from('[redacted]');
/** A shorter secret, such as `EMPTY`, cannot be told from ordinary text; an error that holds it is replaced as a whole. */
const LENGTH_MIN = 8;

/** Which account is meant: an ordinary word, that an answer may hold. */
const ACCOUNT_FIELDS: ReadonlySet<string> = new Set(['organization', 'project']);

/** What of a credential's fields must not be seen. */
export const secretValuesIn = (fields: Readonly<Record<string, string>>): string[] => {
  const values: string[] = [];
  for (const name of Object.keys(fields)) if (!ACCOUNT_FIELDS.has(name)) values.push(fields[name] as string);
  return values;
};

/** The values of a credential in the forms in which a provider might give them back. Held for one request. */
export class Secrets {
  private needles: readonly EscapedText[];
  /** Those that are too short to be redacted. */
  private readonly short: readonly string[];
  /** The end of a stream so far that may be where a value begins. */
  private held: Buffer | undefined;

  constructor(values: readonly string[]) {
    const short: string[] = [];
    const forms: string[] = [];
    for (const value of values) {
      if (value.length >= LENGTH_MIN) addForms(value, forms);
      else if (value !== '') short.push(value);
    }
    this.short = short;
    // Longest first: a form that contains another must not be left half redacted.
    if (forms.length > FORMS) forms.sort((a, b) => b.length - a.length);
    this.needles = forms.map(escapedText);
  }

  occurIn(bytes: Buffer): boolean {
    return this.needles.some((needle) => needle.find(bytes, 0) !== undefined);
  }

  /** Of those that are too short to be redacted. */
  shortOccurIn(bytes: Buffer): boolean {
    return this.short.some((value) => bytes.includes(value));
  }

  occurInText(text: string): boolean {
    return this.needles.some((needle) => needle.mayBeIn(text)) && this.occurIn(Buffer.from(text));
  }

  /** The same bytes without any of the values; the very same buffer when there are none. */
  redact(bytes: Buffer): Buffer {
    let clean = bytes;
    for (const needle of this.needles) clean = replaceAll(clean, needle);
    return clean;
  }

  /** The same of what comes in pieces: an end in which a value may begin is kept until what follows it tells. */
  redactNext(piece: Buffer): Buffer {
    const clean = this.redact(this.held ? Buffer.concat([this.held, piece]) : piece);
    let begun = clean.length;
    for (const needle of this.needles) begun = Math.min(begun, needle.beginsAtEndOf(clean));
    this.held = begun < clean.length ? clean.subarray(begun) : undefined;
    return this.held ? clean.subarray(0, begun) : clean;
  }

  /** What was kept, when nothing follows it. */
  redactLast(): Buffer {
    const rest = this.held ?? Buffer.alloc(0);
    this.held = undefined;
    return rest;
  }

  /** Forgets the values. */
  drop(): void {
    for (const needle of this.needles) needle.drop();
    this.needles = [];
  }
}

/** Of one value. */
const FORMS = 2;
/** Characters at the end of what is in base64. */
const PADDING_MAX = 2;

/** Each once, the longer form first: a credential's value is the token of a header too, as a rule. */
const addForms = (value: string, forms: string[]): void => {
  if (forms.includes(value)) return;
  const base64 = Buffer.from(value).toString('base64');
  const padding = base64.indexOf('=', base64.length - PADDING_MAX);
  forms.push(padding < 0 ? base64 : base64.slice(0, padding), value);
};

const replaceAll = (bytes: Buffer, needle: EscapedText): Buffer => {
  let found = needle.find(bytes, 0);
  if (!found) return bytes;
  const pieces: Buffer[] = [];
  let copied = 0;
  for (; found; found = needle.find(bytes, copied)) {
    pieces.push(bytes.subarray(copied, found.start), REDACTED);
    copied = found.end;
  }
  pieces.push(bytes.subarray(copied));
  return Buffer.concat(pieces);
};
