import { CASSETTES, jsonOf, type Recorded, recordedIn } from '../../testing/cassettes';
import type { Ask } from '../ask';
import { type Json, objectOf } from '../json-values';
import { UNKNOWN_QUIRKS } from '../quirks';
import { Refusal } from '../refusal';
import { SseReader } from '../streams/sse-reader';
import { messagesToChat } from './anthropic-messages-to-openai';
import { toChatRequest } from './anthropic-messages-to-openai/request';
import { messagesToConverse } from './anthropic-messages-to-bedrock';
import { toConverseRequest } from './anthropic-messages-to-bedrock/request';
import { chatToMessages } from './openai-chat-to-anthropic';
import { toMessagesRequest } from './openai-chat-to-anthropic/request';
import { chatToConverse } from './openai-chat-to-bedrock';
import type { AnswerReader, Passage } from './passage';

/** One recording is of a server whose answer is none. */
const isWhole = ({ plain, stream }: Recorded): boolean =>
  stream !== undefined || plain?.['choices'] !== undefined;

const ask = (stream: boolean): Ask => ({
  body: Buffer.from('{}'),
  members: new Map(),
  stream,
  usageAsked: true,
  demand: {
    billed: true,
    prompt: {
      bytes: 4,
      growth: 0,
      messages: 1,
      prompts: 1,
      images: [],
      opaque: false,
      keepsHour: false,
      usesTools: false,
    },
  },
});
const readerOf = (passage: Passage, stream: boolean): AnswerReader =>
  passage.answer(
    ask(stream),
    { name: 'm', quirks: UNKNOWN_QUIRKS },
    { requestId: 'req', askedAt: new Date(0) },
  );

/** In pieces of a prime length, which cuts frames everywhere. */
const through = (passage: Passage, bytes: Buffer): { text: string; reader: AnswerReader } => {
  const reader = readerOf(passage, true);
  const said: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 61) said.push(...reader.feed(bytes.subarray(at, at + 61)));
  return { text: Buffer.concat([...said, ...reader.end()]).toString(), reader };
};
const eventsIn = (text: string): Json[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => jsonOf(data));

/** Every string at these keys, wherever they stand. */
const textsAt = (value: unknown, key: string): string => {
  if (Array.isArray(value)) return value.map((one) => textsAt(one, key)).join('');
  return Object.entries(objectOf(value))
    .map(([name, one]) => (name === key && typeof one === 'string' ? one : textsAt(one, key)))
    .join('');
};
const chatText = (chunks: readonly Json[]): string =>
  textsAt(
    chunks.map(({ choices }) => choices),
    'content',
  );
const chatUsage = (answers: readonly Json[]): Json | undefined =>
  answers.map(({ usage }) => usage).findLast((usage) => usage !== undefined && usage !== null) as
    Json | undefined;

const target = { model: 'm', outputLimit: 4096, outputLimitName: 'max_tokens', streamOptions: true };

const cassettes = CASSETTES === undefined ? describe.skip : describe;

cassettes('recordings, read from CASSETTES_DIR', () => {
  const anthropic = CASSETTES === undefined ? [] : recordedIn('anthropic-messages', /\/v1\/messages(\?|$)/);
  const openai =
    CASSETTES === undefined ? [] : recordedIn('openai-chat', /\/chat\/completions/).filter(isWhole);
  const bedrock = CASSETTES === undefined ? [] : recordedIn('bedrock', /\/converse(-stream)?$/);

  it('are there', () => {
    for (const list of [anthropic, openai, bedrock]) expect(list.length).toBeGreaterThan(10);
    for (const list of [anthropic, bedrock]) expect(list.some(({ stream }) => stream)).toBe(true);
  });

  it('of Anthropic’s read the same in OpenAI’s language, texts and usage', () => {
    for (const { plain, stream } of anthropic) {
      if (plain) {
        const reader = readerOf(chatToMessages, false);
        const told = jsonOf(reader.whole(Buffer.from(JSON.stringify(plain)))!.toString());
        const { input_tokens, output_tokens } = objectOf(plain['usage']);
        const cached = ['cache_read_input_tokens', 'cache_creation_input_tokens'].map((name) =>
          Number(objectOf(plain['usage'])[name] ?? 0),
        );
        expect(objectOf(told['usage'])).toMatchObject({
          prompt_tokens: Number(input_tokens) + cached[0]! + cached[1]!,
          completion_tokens: output_tokens,
        });
        const texts = (plain['content'] as Json[]).filter(({ type }) => type === 'text');
        expect(chatText([told])).toBe(
          textsAt(
            texts.map(({ text }) => ({ text })),
            'text',
          ),
        );
      }
      if (!stream) continue;
      const events = eventsIn(stream.toString());
      const { text, reader } = through(chatToMessages, stream);
      const deltas = events.filter(({ delta }) => objectOf(delta)['type'] === 'text_delta');
      expect(chatText(eventsIn(text))).toBe(textsAt(deltas, 'text'));
      expect([reader.seen.ended, reader.seen.failed]).toEqual([true, false]);
      expect(chatUsage(eventsIn(text))?.['completion_tokens']).toBe(reader.seen.usage?.outputTokens);
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    }
  });

  it('of OpenAI’s read the same in Anthropic’s language, texts and usage', () => {
    for (const { plain, stream } of openai) {
      if (plain) {
        const reader = readerOf(messagesToChat, false);
        const told = jsonOf(reader.whole(Buffer.from(JSON.stringify(plain)))!.toString());
        expect(objectOf(told['usage'])['output_tokens']).toBe(
          Number(objectOf(plain['usage'])['total_tokens']) -
            Number(objectOf(plain['usage'])['prompt_tokens']),
        );
        expect(textsAt(told['content'], 'text')).toBe(chatText([plain]));
      }
      if (!stream) continue;
      const { text, reader } = through(messagesToChat, stream);
      const deltas = eventsIn(text).filter(({ delta }) => objectOf(delta)['type'] === 'text_delta');
      expect(textsAt(deltas, 'text')).toBe(chatText(eventsIn(stream.toString())));
      expect(reader.seen.failed).toBe(false);
      expect(text).toContain('event: message_stop');
    }
  });

  it('of Bedrock’s read the same in both languages, texts and usage', () => {
    for (const { plain, stream } of bedrock) {
      if (plain) {
        const told = (passage: Passage): Json =>
          jsonOf(
            readerOf(passage, false)
              .whole(Buffer.from(JSON.stringify(plain)))!
              .toString(),
          );
        const content = objectOf(objectOf(plain['output'])['message'])['content'] as Json[];
        const text = content.map(({ text: said }) => (typeof said === 'string' ? said : '')).join('');
        expect(chatText([told(chatToConverse)])).toBe(text);
        const blocks = told(messagesToConverse)['content'] as Json[];
        expect(
          textsAt(
            blocks.filter(({ type }) => type === 'text'),
            'text',
          ),
        ).toBe(text);
        expect(chatUsage([told(chatToConverse)])?.['completion_tokens']).toBe(
          objectOf(plain['usage'])['outputTokens'],
        );
      }
      if (!stream) continue;
      const chat = through(chatToConverse, stream);
      const message = through(messagesToConverse, stream);
      const deltas = eventsIn(message.text).filter(({ delta }) => objectOf(delta)['type'] === 'text_delta');
      expect(chatText(eventsIn(chat.text))).toBe(textsAt(deltas, 'text'));
      expect(chat.reader.seen).toMatchObject({ ended: true, failed: false });
      expect(chatUsage(eventsIn(chat.text))?.['completion_tokens']).toBe(
        chat.reader.seen.usage?.outputTokens,
      );
    }
  });

  it('of requests are translated, or refused by the name of a parameter, and never dropped in silence', () => {
    const tried = [
      ...openai.map(({ request }) => [request, toMessagesRequest] as const),
      ...anthropic.map(({ request }) => [request, toChatRequest] as const),
      ...anthropic.map(({ request }) => [request, toConverseRequest] as const),
    ];
    for (const [body, translate] of tried) {
      const loose = translate(body, { ...target, dropUnsupported: true });
      try {
        expect(translate(body, { ...target, dropUnsupported: false }).body).toEqual(loose.body);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        expect(error.code).toBe('unsupported_parameter');
        expect(loose.dropped).toContain(error.details.param);
      }
    }
  });

  it('of streams are handed on byte by byte, however they are cut', () => {
    for (const { stream } of [...anthropic, ...openai]) {
      if (!stream) continue;
      const reader = new SseReader();
      const pieces = [
        ...reader.feed(stream.subarray(0, 1001)),
        ...reader.feed(stream.subarray(1001)),
        ...reader.end(),
      ];
      expect(Buffer.concat(pieces.map(({ raw }) => raw)).equals(stream)).toBe(true);
    }
  });
});
