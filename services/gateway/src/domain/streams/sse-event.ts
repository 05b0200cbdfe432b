const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const LINE_FEED = Buffer.from('\n');
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const NOTHING = Buffer.alloc(0);

/** One server-sent event; its fields are read when they are asked for, out of the bytes as they came. */
export class SseEvent {
  readonly kind = 'event';

  /** @param raw all bytes of it, its ending included. */
  constructor(readonly raw: Buffer) {}

  /** What its data says: several lines are joined by line feeds; empty where it has none. */
  get data(): Buffer {
    const lines = fieldsOf(this.raw, DATA);
    if (lines.length <= 1) return lines[0] ?? NOTHING;
    return Buffer.concat(lines.flatMap((line, at) => (at === 0 ? [line] : [LINE_FEED, line])));
  }

  /** Its name; empty where it has none. */
  get name(): string {
    return fieldsOf(this.raw, EVENT).at(-1)?.toString('utf8') ?? '';
  }
}

/** The values that one field has in an event, line by line, without copies. */
const fieldsOf = (raw: Buffer, field: Buffer): Buffer[] => {
  const values: Buffer[] = [];
  let at = raw.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  while (at < raw.length) {
    const end = endOfLine(raw, at);
    const value = valueIn(raw, at, end, field);
    if (value) values.push(value);
    at = end + 1;
  }
  return values;
};

/** Of a line that ends in CR LF, the LF makes an empty line more, which says nothing. */
const endOfLine = (raw: Buffer, from: number): number => {
  const lf = raw.indexOf(LF, from);
  const end = lf < 0 ? raw.length : lf;
  const cr = raw.subarray(from, end).indexOf(CR);
  return cr < 0 ? end : from + cr;
};

const valueIn = (raw: Buffer, start: number, end: number, field: Buffer): Buffer | undefined => {
  const after = start + field.length;
  if (after > end || raw.compare(field, 0, field.length, start, after) !== 0) return undefined;
  if (after === end) return NOTHING;
  if (raw[after] !== COLON) return undefined;
  return raw.subarray(raw[after + 1] === SPACE && after + 1 < end ? after + 2 : after + 1, end);
};
