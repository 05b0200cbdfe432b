import type { Quirks } from './quirks';
import { type Usage, usageIn } from './usage';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const DELTA = Buffer.from('"delta"');
const DONE = Buffer.from('data: [DONE]');
const DONE_TIGHT = Buffer.from('data:[DONE]');
const ERROR = Buffer.from('data: {"error"');
/** An event larger than this is relayed unread: no provider writes one. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Reads server-sent events of a chat completion as they pass. Whole events are handed on as they came, without a copy;
 * the part of an event that has not ended yet is kept until it has.
 */
export class StreamTee {
  usage: Usage | undefined;
  /** Bytes of all text in deltas: no fewer than the tokens they stand for. */
  contentBytes = 0;
  /** The provider said that the stream is over. */
  done = false;
  /** The provider sent an error inside the stream. */
  failed = false;

  private rest: Buffer = Buffer.alloc(0);
  private unread = false;

  /** What an event that tells usage has in it. */
  private readonly usageKeys: readonly Buffer[];

  /** @param stripUsage whether to keep the usage chunk from the client, who did not ask for it. */
  constructor(
    private readonly stripUsage: boolean,
    private readonly quirks: Quirks,
  ) {
    const names = quirks.usagePaths.map((path) => path.split('.').at(-1) ?? path);
    this.usageKeys = [...new Set(names)].map((name) => Buffer.from(JSON.stringify(name)));
  }

  /** What of it may go to the client now. */
  feed(chunk: Buffer): Buffer[] {
    if (this.unread) return [chunk];
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const pieces: Buffer[] = [];
    let kept = 0;
    let start = 0;
    for (let end = endOfEvent(data, 0); end > 0; end = endOfEvent(data, start)) {
      if (this.readEvent(data.subarray(start, end))) {
        if (start > kept) pieces.push(data.subarray(kept, start));
        kept = end;
      }
      start = end;
    }
    if (start > kept) pieces.push(data.subarray(kept, start));
    this.rest = data.subarray(start);
    if (this.rest.length > EVENT_BYTES_MAX) pieces.push(...this.giveUp());
    return pieces;
  }

  /** What is left when the provider has ended the stream: an event without its end. */
  end(): Buffer[] {
    const { rest } = this;
    this.rest = Buffer.alloc(0);
    if (rest.length === 0 || this.readEvent(rest)) return [];
    return [rest];
  }

  /** Text of events that are not relayed yet counts too: it was generated. */
  pendingBytes(): number {
    return this.rest.length;
  }

  private giveUp(): Buffer[] {
    const { rest } = this;
    this.unread = true;
    this.contentBytes += rest.length;
    this.rest = Buffer.alloc(0);
    return [rest];
  }

  /** Answers whether the client is to be spared the event. */
  private readEvent(event: Buffer): boolean {
    const delta = event.indexOf(DELTA);
    if (delta >= 0) this.contentBytes += stringBytes(event, delta + DELTA.length);
    else if (event.includes(DONE) || event.includes(DONE_TIGHT)) this.done = true;
    else if (event.includes(ERROR)) this.failed = true;
    return this.usageKeys.some((key) => isSaid(event, key)) && this.readUsage(event);
  }

  private readUsage(event: Buffer): boolean {
    const chunk = parseData(event);
    const usage = usageIn(chunk, this.quirks);
    if (!usage) return false;
    // The last one wins: they are cumulative where there are several.
    this.usage = usage;
    const choices = chunk?.['choices'];
    return this.stripUsage && (!Array.isArray(choices) || choices.length === 0);
  }
}

/** Offset after the blank line that ends the event beginning at `from`; −1 when it is not there yet. */
const endOfEvent = (data: Buffer, from: number): number => {
  for (let at = data.indexOf(LF, from); at >= 0; at = data.indexOf(LF, at + 1)) {
    if (data[at + 1] === LF) return at + 2;
    if (data[at + 1] === CR && data[at + 2] === LF) return at + 3;
  }
  return -1;
};

/** Whether an event has a key with something in it, as nearly as can be told without parsing. */
const isSaid = (event: Buffer, key: Buffer): boolean => {
  const at = event.indexOf(key);
  return at >= 0 && event.indexOf('{', at) >= 0 && !isNull(event, at + key.length);
};

const isNull = (event: Buffer, from: number): boolean => {
  let at = from;
  while (event[at] === COLON || event[at] === 0x20) at++;
  return event[at] === 0x6e;
};

/** Bytes of all string values from an offset on; keys are strings before a colon and do not count. */
const stringBytes = (event: Buffer, from: number): number => {
  let bytes = 0;
  for (let open = event.indexOf(QUOTE, from); open >= 0;) {
    let close = open + 1;
    while (close < event.length && event[close] !== QUOTE) close += event[close] === BACKSLASH ? 2 : 1;
    if (event[close + 1] !== COLON) bytes += close - open - 1;
    open = event.indexOf(QUOTE, close + 1);
  }
  return bytes;
};

const parseData = (event: Buffer): Readonly<Record<string, unknown>> | undefined => {
  const text = event
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5))
    .join('\n');
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
};
