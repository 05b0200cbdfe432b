import { anthropicEvents } from '../surfaces/anthropic-events';
import { openaiEvents } from '../surfaces/openai-events';
import { anthropicAnswerOf } from './anthropic/assembly';
import { openaiAnswerOf } from './openai/assembly';

const bytesOf = (answer: object): Buffer => Buffer.from(JSON.stringify(answer));

const message = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm' },
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { type: 'text', text: 'Hello \u2028 you' },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo', days: [1, 2] } },
    { type: 'tool_use', id: 'toolu_2', name: 'time', input: {} },
  ],
  ...{ stop_reason: 'tool_use', stop_sequence: null, usage: { input_tokens: 10, output_tokens: 5 } },
};
const completion = {
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm', service_tier: 'default' },
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello' }, logprobs: null, finish_reason: 'stop' },
    {
      ...{ index: 1, logprobs: null, finish_reason: 'tool_calls' },
      message: {
        ...{ role: 'assistant', content: null },
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
    },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

describe('whole answers and streams are each other', () => {
  it('in Anthropic’s language', () =>
    expect(anthropicAnswerOf(Buffer.from(anthropicEvents(bytesOf(message))))).toEqual(message));

  it('in OpenAI’s language', () =>
    expect(openaiAnswerOf(Buffer.from(openaiEvents(bytesOf(completion), true)))).toEqual(completion));

  it('also of texts that are no chat', () => {
    const text = {
      id: 'c',
      object: 'text_completion',
      choices: [{ index: 0, text: 'a', finish_reason: 'length' }],
    };
    expect(openaiAnswerOf(Buffer.from(openaiEvents(bytesOf(text), false)))).toEqual(text);
  });

  it('but for what breaks off, tells of an error, or is neither', () => {
    const [head] = anthropicEvents(bytesOf(message)).split('event: message_delta');
    expect(anthropicAnswerOf(Buffer.from(head!))).toBeUndefined();
    const failure = { type: 'error', error: { type: 'overloaded_error', message: 'no' } };
    expect(anthropicAnswerOf(Buffer.from(`${head}data: ${JSON.stringify(failure)}\n\n`))).toEqual(failure);
    for (const answerOf of [anthropicAnswerOf, openaiAnswerOf])
      for (const body of ['', '<html>', '{"a":', 'data: [DONE]\n\n'])
        expect(answerOf(Buffer.from(body))).toBeUndefined();
  });
});
