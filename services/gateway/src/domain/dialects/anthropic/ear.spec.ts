import { AnthropicEar } from './ear';

const eventOf = (said: { readonly type: string; readonly [member: string]: unknown }): Buffer =>
  Buffer.from(`event: ${said.type}\ndata: ${JSON.stringify(said)}\n\n`);
const START = eventOf({
  type: 'message_start',
  message: { role: 'assistant', content: [], usage: { input_tokens: 10, output_tokens: 1 } },
});
const textOf = (text: string): Buffer =>
  eventOf({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const deltaOf = (stopSequence: string | null, usage?: object): Buffer =>
  eventOf({
    type: 'message_delta',
    delta: { stop_reason: 'stop_sequence', stop_sequence: stopSequence },
    ...(usage && { usage }),
  });
const STOP = eventOf({ type: 'message_stop' });
const heard = (...events: readonly Buffer[]): AnthropicEar => {
  const ear = new AnthropicEar();
  for (const event of events) ear.hear(event);
  return ear;
};

describe('what is heard of a stream of messages', () => {
  it.each(['content_block_delta', 'message_stop', 'message_start', 'error', 'usage', 'delta', 'type'])(
    'goes by types, where a stop sequence is %s',
    (word) => {
      const ear = heard(START, textOf('Hello'), deltaOf(word, { output_tokens: 500 }));
      expect(ear).toMatchObject({ textBytes: 'text_delta'.length + 5, finished: true, failed: false });
      expect(ear.usage).toMatchObject({ inputTokens: 10, outputTokens: 500 });
      expect([ear.usageIsPart, ear.ended]).toEqual([false, false]);
      ear.hear(STOP);
      expect(ear.ended).toBe(true);
    },
  );

  it.each(['content_block_delta', 'message_stop', 'error'])('goes by types, where a tool is %s', (name) => {
    const block = { type: 'tool_use', id: 'toolu_1', name, input: {} };
    const ear = heard(START, eventOf({ type: 'content_block_start', index: 0, content_block: block }));
    expect(ear).toMatchObject({ textBytes: 0, finished: false, ended: false, failed: false });
  });

  it('is text that speaks of other events, and text whose type is said last, or in other spaces', () => {
    const said = '{"type":"message_stop"} {"type": "error"} "usage"';
    const bytes = heard(textOf(said)).textBytes;
    expect(bytes).toBeGreaterThan(said.length);
    const delta = `"delta":{"type":"text_delta","text":${JSON.stringify(said)}}`;
    for (const json of [
      `{${delta},"type":"content_block_delta"}`,
      `{"type" : "content_block_delta", ${delta}}`,
      `{"type":"content\\u005fblock_delta",${delta}}`,
    ])
      expect(heard(Buffer.from(`data: ${json}\n\n`))).toMatchObject({ failed: false, ended: false });
    expect(heard(Buffer.from(`data: {"type" : "content_block_delta", ${delta}}\n\n`)).textBytes).toBe(bytes);
  });

  it('is part of the usage until the message has ended', () => {
    const started = heard(START);
    expect([started.usage?.outputTokens, started.usageIsPart]).toEqual([1, true]);
    const ended = heard(START, textOf('Hello'), deltaOf(null), STOP);
    expect([ended.usage?.outputTokens, ended.usageIsPart]).toEqual([1, true]);
    const empty = heard(START, deltaOf(null, { output_tokens: 2 }), STOP);
    expect([empty.usage?.outputTokens, empty.usageIsPart]).toEqual([2, false]);
  });

  it.each<[string, object, object, object]>([
    ['output', { output_tokens: 500 }, { output_tokens: 0 }, { inputTokens: 10, outputTokens: 500 }],
    [
      'input',
      { output_tokens: 1 },
      { input_tokens: 0, output_tokens: 5 },
      { inputTokens: 10, outputTokens: 5 },
    ],
  ])('is no smaller %s that is told later', (_what, first, last, usage) => {
    const ear = heard(START, textOf('Hello'), deltaOf(null, first), deltaOf(null, last), STOP);
    expect(ear.usage).toMatchObject(usage);
    expect(ear.usageIsPart).toBe(false);
  });

  it.each<[string, object]>([
    ['less than nothing', { output_tokens: -5 }],
    ['more than anything', { output_tokens: 1e300 }],
    ['no number', { output_tokens: 'many', server_tool_use: { web_search_requests: 1 } }],
    ['the input alone', { input_tokens: 10 }],
  ])('is part of the usage where what is told at the end is %s', (_what, last) => {
    const ear = heard(START, textOf('Hello'), deltaOf(null, last), STOP);
    expect(ear.usage).toMatchObject({ inputTokens: 10, outputTokens: 1 });
    expect(ear.usageIsPart).toBe(true);
  });

  it('is the output that is told beside an input that is no count', () => {
    const ear = heard(START, textOf('Hello'), deltaOf(null, { input_tokens: 'x', output_tokens: 5 }), STOP);
    expect(ear.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 });
    expect(ear.usageIsPart).toBe(false);
  });

  it('is an input whose parts are told apart later', () => {
    const parts = { input_tokens: 2, cache_read_input_tokens: 8, output_tokens: 5 };
    const { usage } = heard(START, textOf('Hello'), deltaOf(null, parts), STOP);
    expect(usage).toMatchObject({ inputTokens: 10, cachedInputTokens: 8, outputTokens: 5 });
  });

  it('is no usage where nothing of the input is told', () => {
    const ear = heard(textOf('Hello'), deltaOf(null, { output_tokens: 500 }), STOP);
    expect([ear.usage, ear.usageIsPart]).toEqual([undefined, false]);
  });

  it('is a failure by its type or by the name of its event', () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    expect(heard(eventOf({ type: 'error', error }))).toMatchObject({ failed: true, failureTold: true });
    const unnamed = Buffer.from(`data: ${JSON.stringify({ type: 'error', error })}\n\n`);
    expect(heard(unnamed)).toMatchObject({ failed: true, failureTold: false });
    const named = Buffer.from('event: error\ndata: gone\n\n');
    expect(heard(named)).toMatchObject({ failed: true, failureTold: true });
  });
});
