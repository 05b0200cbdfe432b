import type { GeneratedText } from '../generated-text';
import { SseEvent } from '../streams/sse-event';
import { type Json, jsonObjectIn } from './json-values';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

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

const EVENT = Buffer.from('event:');

/** Whether an event has this name. */
export const isEventNamed = (event: Buffer, name: string): boolean =>
  event.includes(EVENT) && new SseEvent(event).name === name;

/** Whether an event has a key with something in it, as nearly as can be told without parsing. */
export const isSaid = (event: Buffer, key: Buffer): boolean => {
  const at = event.indexOf(key);
  return at >= 0 && event.indexOf('{', at) >= 0 && !isNull(event, at + key.length);
};

const isNull = (event: Buffer, from: number): boolean => {
  let at = from;
  while (event[at] === COLON || event[at] === 0x20) at++;
  return event[at] === 0x6e;
};
