import { SseReader } from '../streams/sse-reader';
import { type Json, jsonObjectIn } from '../json-values';

const BEGINNING = /^(\ufeff|\s)*(data|event|id|retry)?:/;
const BEGINNING_BYTES = 64;
const DONE = Buffer.from('[DONE]');

/** The events of a body that came whole. */
export interface ToldEvents {
  readonly events: readonly Json[];
  /** One of them said that it was the last, and nothing else. */
  readonly done: boolean;
}

/** The server-sent events that a body is made of; undefined where it is something else. */
export const toldEventsIn = (body: Buffer): ToldEvents | undefined => {
  if (!BEGINNING.test(body.toString('utf8', 0, BEGINNING_BYTES))) return undefined;
  const reader = new SseReader(body.length);
  const datas = [...reader.feed(body), ...reader.end()].flatMap((piece) =>
    piece.kind === 'event' ? [piece.data] : [],
  );
  return {
    events: datas.map(jsonObjectIn).filter((event) => event !== undefined),
    done: datas.some((data) => data.equals(DONE)),
  };
};
