import * as fc from 'fast-check';
import type { Json } from '../../json-values';
import { openaiUsageIn } from '../../dialects/openai/usage';
import { UNKNOWN_QUIRKS } from '../../quirks';
import { toMessage as toldMessage, toMessageError } from './answer';
import { MessageFromChatStream } from './stream';

interface StreamEvent {
  readonly name: string;
  readonly data: Json;
}
type Block = Json & { json?: string };

const usageIn = (answer: unknown) => openaiUsageIn(answer, UNKNOWN_QUIRKS);
const head = { id: 'chatcmpl-1', model: 'gpt' };
const asked = { id: 'msg_req', model: 'm' };
const chunk = (delta: Json, finish: string | null = null): Json => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const usageChunk = (usage: Json): Json => ({ ...head, choices: [], usage });
const called = (index: number, call: Json): Json => chunk({ tool_calls: [{ index, ...call }] });

const eventsIn = (text: string): StreamEvent[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [name = '', data = ''] = event.split('\n');
      return { name: name.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) as Json };
    });
const through = (chunks: readonly Json[]): StreamEvent[] => {
  const stream = new MessageFromChatStream({ ...asked, usageIn, inputEstimate: 42 });
  const text = chunks.map((each) => stream.event(each)).join('') + stream.end();
  return eventsIn(text + stream.end());
};
const toMessage = (answer: Json): Json | undefined => toldMessage(answer, asked, undefined);
const namesOf = (events: readonly StreamEvent[]): string[] => events.map(({ name }) => name);

/** What an SDK makes of the events; it throws where they are in no order that an SDK bears. */
const assembled = (events: readonly StreamEvent[]): Block[] => {
  const blocks: Block[] = [];
  let open = -1;
  for (const { name, data } of events) {
    const index = data['index'] as number;
    const delta = (data['delta'] ?? {}) as Record<string, string>;
    if (name === 'content_block_start') {
      if (index !== blocks.length || open !== -1) throw new Error('a block starts out of turn');
      blocks.push({ ...(data['content_block'] as Json), ...(delta && { json: '' }) });
      open = index;
    } else if (name === 'content_block_stop') {
      if (index !== open) throw new Error('a block stops that is not open');
      open = -1;
    } else if (name === 'content_block_delta') {
      const block = blocks[index] as Record<string, string>;
      if (delta['text'] !== undefined) block['text'] += delta['text'];
      if (delta['thinking'] !== undefined) block['thinking'] += delta['thinking'];
      if (delta['partial_json'] !== undefined) block['json'] += delta['partial_json'];
    }
  }
  if (open !== -1) throw new Error('a block never stops');
  return blocks.map(({ json, ...block }) =>
    block['type'] === 'tool_use' ? { ...block, input: JSON.parse(json || '{}') as Json } : block,
  );
};

const text = fc.string({ unit: 'grapheme' });
const message = fc.record({
  reasoning_content: text,
  content: text,
  tool_calls: fc.array(
    fc.record({
      id: fc.stringMatching(/^call_[a-z0-9]{1,9}$/),
      type: fc.constant('function'),
      function: fc.record({
        name: fc.constantFrom('f', 'g'),
        arguments: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
      }),
    }),
    { maxLength: 3 },
  ),
});

describe('an answer of OpenAI’s in Anthropic’s language', () => {
  it('says the same plain, and streamed in any pieces', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 9 }), (answer, cuts) => {
        const pieces = (whole: string): string[] => whole.match(new RegExp(`[^]{1,${cuts}}`, 'g')) ?? [];
        const chunks = [
          chunk({ role: 'assistant', content: '' }),
          ...pieces(answer.reasoning_content).map((reasoning_content) => chunk({ reasoning_content })),
          ...pieces(answer.content).map((content) => chunk({ content })),
          ...answer.tool_calls.flatMap(({ function: { name, arguments: json }, ...call }, at) => [
            called(at, { ...call, function: { name, arguments: '' } }),
            ...pieces(json).map((fragment) => called(at, { function: { arguments: fragment } })),
          ]),
          chunk({}, 'stop'),
        ];
        const plain = toMessage({ ...head, choices: [{ message: answer, finish_reason: 'stop' }] });
        expect(assembled(through(chunks))).toEqual(plain?.['content']);
      }),
    );
  });

  it('begins with an estimate of the input, and ends with the truth, cached input apart', () => {
    const usage = { prompt_tokens: 30, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 20 } };
    const events = through([chunk({ content: 'a' }), chunk({}, 'stop'), usageChunk(usage)]);
    expect(namesOf(events)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[0]?.data).toMatchObject({ message: { usage: { input_tokens: 42, output_tokens: 1 } } });
    expect(events.at(-2)?.data).toMatchObject({
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 9 },
    });
  });

  it('does not begin with the chunk of a filter, which names no answer', () => {
    const filter = { id: '', model: '', choices: [], prompt_filter_results: [] };
    expect(namesOf(through([filter, chunk({ content: 'a' })]))[0]).toBe('message_start');
    expect(through([filter])).toEqual([]);
  });

  it('begins where a server names no answer and yet says something, plain and streamed', () => {
    const unnamed = (choice: Json): Json => ({ id: '', choices: [{ index: 0, ...choice }] });
    const call = { function: { name: 'f', arguments: '{}' } };
    const events = through([
      unnamed({ delta: { content: 'a' } }),
      unnamed({ delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: 'stop' }),
    ]);
    expect(events[0]).toMatchObject({ name: 'message_start', data: { message: asked } });
    const plain = toMessage(unnamed({ message: { content: 'a', tool_calls: [call] } }));
    expect(plain).toMatchObject({ ...asked, content: assembled(events) });
    expect(assembled(events)[1]).toMatchObject({ id: 'toolu_msg_req_0' });
  });

  it('says content that comes in parts, thoughts among them, plain and streamed', () => {
    const thought = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] };
    const said = { type: 'text', text: 'Yes' };
    const events = through([
      chunk({ content: [thought] }),
      chunk({ content: [said] }),
      chunk({ content: '.' }, 'stop'),
    ]);
    expect(assembled(events)).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      { type: 'text', text: 'Yes.' },
    ]);
    const plain = toMessage({
      ...head,
      choices: [{ message: { content: [thought, said, { type: 'text', text: '.' }] } }],
    });
    expect(plain?.['content']).toEqual(assembled(events));
  });

  it('has no end where the provider had none', () => {
    expect(namesOf(through([chunk({ content: 'a' })]))).not.toContain('message_stop');
  });

  it('gives an id to calls that a server gives none', () => {
    const call = { function: { name: 'f', arguments: '{}' } };
    const blocks = assembled(through([called(0, call), called(1, call), chunk({}, 'tool_calls')]));
    expect(blocks.map(({ id }) => id)).toEqual(['toolu_chatcmpl-1_0', 'toolu_chatcmpl-1_1']);
    const plain = toMessage({ ...head, choices: [{ message: { tool_calls: [call, call] } }] });
    expect((plain?.['content'] as Block[]).map(({ id }) => id)).toEqual(blocks.map(({ id }) => id));
  });

  it('takes empty arguments for none, and broken ones for none in a plain answer', () => {
    const answer = (json: string): Json | undefined =>
      toMessage({
        ...head,
        choices: [{ message: { tool_calls: [{ id: 'a', function: { name: 'f', arguments: json } }] } }],
      });
    expect(answer('')).toMatchObject({ content: [{ input: {} }] });
    expect(answer('{"a":')).toMatchObject({ content: [{ input: {} }] });
  });

  it.each([
    ['stop', [], 'end_turn'],
    ['length', [], 'max_tokens'],
    ['tool_calls', [], 'tool_use'],
    ['content_filter', [], 'refusal'],
    ['stop', [{ id: 'a', function: { name: 'f', arguments: '{}' } }], 'tool_use'],
    ['of_the_future', [], 'end_turn'],
  ])('stops for %s after %j: %s', (finish, calls, expected) => {
    const events = through([
      ...calls.map((call) => called(0, call)),
      chunk({ content: 'a' }),
      chunk({}, finish),
    ]);
    expect(events.at(-2)?.data).toMatchObject({ delta: { stop_reason: expected } });
    const plain = {
      ...head,
      choices: [{ message: { content: 'a', tool_calls: calls }, finish_reason: finish }],
    };
    expect(toMessage(plain)).toMatchObject({ stop_reason: expected });
  });

  it('says a refusal as text, and that it is one', () => {
    const events = through([chunk({ refusal: 'I will not.' }), chunk({}, 'stop')]);
    expect(assembled(events)).toEqual([{ type: 'text', text: 'I will not.' }]);
    expect(events.at(-2)?.data).toMatchObject({ delta: { stop_reason: 'refusal' } });
  });

  it.each<Json>([
    { error: { message: 'No.', type: 'invalid_request_error' } },
    { object: 'error', message: 'No.', type: 'invalid_request_error', code: 400 },
    { choices: [{ index: 0, error: { message: 'No.', type: 'invalid_request_error' } }] },
  ])('has the words of the error in %j', (said) => {
    expect(toMessageError(said)).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'No.' },
    });
  });

  it('has words for an error that has none', () => {
    expect(toMessageError(undefined)).toMatchObject({ error: { type: 'api_error' } });
  });
});
