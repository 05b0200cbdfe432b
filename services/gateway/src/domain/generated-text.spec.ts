import { OpenAiEar } from './dialects/openai/ear';
import { GeneratedText, KEPT_BYTES_MAX } from './generated-text';
import { UNKNOWN_QUIRKS } from './quirks';

const event = (chunk: object): Buffer => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
const delta = (said: object, more: object = {}): Buffer =>
  event({ id: 'c', model: 'gpt', choices: [{ index: 0, delta: said, finish_reason: null, ...more }] });

describe('what a model has written', () => {
  const heard = (...events: readonly Buffer[]): GeneratedText => {
    const written = new GeneratedText();
    const ear = new OpenAiEar(UNKNOWN_QUIRKS, 1, written);
    for (const one of events) ear.hear(one);
    return written;
  };

  it.each<[string, Buffer, string]>([
    ['a text', delta({ role: 'assistant', content: 'Hi "you"' }), 'Hi \\"you\\"'],
    ['a refusal', delta({ refusal: 'No.' }), 'No.'],
    ['thought', delta({ reasoning_content: 'Hm.', content: null }), 'Hm.'],
    [
      'a call, without its id',
      delta({
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      }),
      'f{}',
    ],
    [
      'no padding, nor how likely it was',
      Buffer.from(
        'data: {"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a"}]},"finish_reason":"stop"}],"obfuscation":"xyz"}\n\n',
      ),
      'a',
    ],
    [
      'what completions have in its place',
      event({ choices: [{ text: 'a b', index: 0, finish_reason: 'stop' }] }),
      'a b',
    ],
  ])('is %s', (_what, one, text) => expect(heard(one).json.toString()).toBe(text));

  it('has as many calls as names of tools were said', () => {
    const call = (index: number, said: object): Buffer => delta({ tool_calls: [{ index, function: said }] });
    const first = { name: 'f', arguments: '' };
    expect(heard(delta({ content: 'name' })).calls).toBe(0);
    expect(
      heard(call(0, first), call(0, { arguments: '{"name":' }), call(0, { name: '', arguments: '1}' })).calls,
    ).toBe(1);
    expect(heard(call(0, first), call(1, { name: 'g', arguments: '{}' })).calls).toBe(2);
    const both = [0, 1].map((index) => ({ index, id: 'call', type: 'function', function: first }));
    expect(heard(delta({ tool_calls: both })).calls).toBe(2);
  });

  it('is kept in order, up to what is kept of any; the rest is taken to be as dense', () => {
    const long = 'x'.repeat(KEPT_BYTES_MAX - 4);
    const written = heard(delta({ content: 'abcd' }), delta({ content: long }), delta({ content: long }));
    expect(written.json.length).toBe(KEPT_BYTES_MAX);
    expect(written.json.toString().startsWith('abcdxx')).toBe(true);
    expect(written.tokensOfAll(1_000)).toBe(Math.ceil((1_000 * (2 * long.length + 4)) / KEPT_BYTES_MAX));
  });

  it('is taken for one token a byte where nothing of it could be read', () => {
    const written = new GeneratedText();
    written.miss(500);
    expect(written.tokensOfAll(0)).toBe(500);
  });
});
