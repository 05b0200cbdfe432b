import type { GeneratedText } from '../generated-text';
import { SseEvent } from '../streams/sse-event';
import { type Json, jsonObjectIn } from '../json-values';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const BRACE = 0x7b;
const LF = 0x0a;
const CR = 0x0d;
const LETTER_D = 0x64;
const LETTER_E = 0x65;
const SPACE = 0x20;
const TYPE = Buffer.from('"type"');
const EVENT = Buffer.from('event:');

/** Keys under which servers have what their models write. */
const WRITTEN: ReadonlySet<string> = new Set([
  ...['content', 'refusal', 'reasoning_content', 'reasoning', 'name', 'arguments', 'text'],
]);
/** Of a tool, which is said once for each call of it. */
const NAME = Buffer.from('name');
/** A bit for each length that one of them has: hardly another key of an event is as long. */
const WRITTEN_LENGTHS = [...WRITTEN].reduce((bits, { length }) => bits | (1 << length), 0);

/**
 * Bytes of all string values of an event from an offset on; keys are strings before a colon and do not count.
 *
 * @param written where to keep those that the model wrote, what follows the offset at once among them.
 */
export const stringBytes = (event: Buffer, from: number, written?: GeneratedText): number => {
  let bytes = 0;
  let isWritten = true;
  let isName = false;
  for (let open = event.indexOf(QUOTE, from); open >= 0;) {
    let close = open + 1;
    while (close < event.length && event[close] !== QUOTE) close += event[close] === BACKSLASH ? 2 : 1;
    if (event[close + 1] !== COLON) {
      bytes += close - open - 1;
      if (isWritten) written?.add(event, open + 1, Math.min(close, event.length));
      if (isName && close > open + 1) written?.beginCall();
    } else if (written) {
      isWritten = saysWritten(event, open + 1, close);
      isName = isWritten && NAME.equals(event.subarray(open + 1, close));
    }
    open = event.indexOf(QUOTE, close + 1);
  }
  return bytes;
};

const saysWritten = (event: Buffer, start: number, end: number): boolean =>
  end - start < 32 &&
  (WRITTEN_LENGTHS & (1 << (end - start))) !== 0 &&
  WRITTEN.has(event.toString('latin1', start, end));

/** What the data of an event says; undefined where it is no JSON object. */
export const eventJson = (event: Buffer): Json | undefined => jsonObjectIn(new SseEvent(event).data);

/**
 * Whether an event says that it is of this type, without parsing it: false where that is not seen at once, of whatever else is said in it.
 *
 * @param type in its quotes.
 */
export const isOfType = (event: Buffer, type: Buffer): boolean => {
  let at = event.indexOf(type) - 1;
  if (at < 0) return false;
  while (event[at] === SPACE) at--;
  if (event[at--] !== COLON) return false;
  while (event[at] === SPACE) at--;
  const begin = at + 1 - TYPE.length;
  return begin >= 0 && event.compare(TYPE, 0, TYPE.length, begin, at + 1) === 0;
};

/** Whether an event has this name. */
export const isEventNamed = (event: Buffer, name: string): boolean =>
  mayBeNamed(event) && new SseEvent(event).name === name;

/** Whether a line of it may be that of its name, which hardly any has: a look at where lines begin. */
const mayBeNamed = (event: Buffer): boolean => {
  if (event[0] !== LETTER_D || event.indexOf(CR) >= 0) return event.includes(EVENT);
  for (let lf = event.indexOf(LF); lf >= 0; lf = event.indexOf(LF, lf + 1))
    if (event[lf + 1] === LETTER_E) return true;
  return false;
};

/** Whether there is something behind a key, where an event has one, as nearly as can be told without parsing. */
export const isSaid = (event: Buffer, behindKey: number): boolean =>
  !isNull(event, behindKey) && event.indexOf(BRACE, behindKey) >= 0;

const isNull = (event: Buffer, from: number): boolean => {
  let at = from;
  while (event[at] === COLON || event[at] === SPACE) at++;
  return event[at] === 0x6e;
};
