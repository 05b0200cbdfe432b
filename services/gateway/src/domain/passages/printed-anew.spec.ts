import * as fc from 'fast-check';
import { type Json, objectOf } from '../json-values';
import { PASSAGES } from '../passages';
import { UNKNOWN_QUIRKS } from '../quirks';
import { SURFACES } from '../surfaces';

/** Every letter by its code, which any string may have. */
const disguised = (text: string): string =>
  text.replace(/[^]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
const plainly = (text: string): string => JSON.stringify(text);
const disguisedly = (text: string): string => `"${disguised(text)}"`;

const written = fc.tuple(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('\u0001\u001f', '"\\', '\n', '/', '😀', '\ud800', '\udc00\ud800', '\u2028', '1e20'),
  ),
  fc.constantFrom(plainly, disguisedly),
);
const string = written.map(([text, write]) => write(text));
const number = fc.oneof(
  fc.constantFrom('1e20', '-1E+20', '5e-7', '1e-6', '-1.2345678901234567e-6', '1e400', '-0', '0e0', '1.50'),
  fc.constantFrom('9999999999999999', '99999999999999999999', '999999999999999999999', '0.30000000000000004'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
);
const space = fc.constantFrom('', ' ', '\n\t');

/** JSON as somebody may write it by hand. */
const { object } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('true', 'false', 'null'),
    number,
    string,
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(fc.array(tie('value'), { maxLength: 6 }), space)
    .map(([list, gap]) => `[${gap}${list.join(`${gap},`)}${gap}]`),
  object: fc
    .tuple(fc.array(fc.tuple(string, tie('value')), { maxLength: 6 }), space)
    .map(([list, gap]) => `{${list.map(([key, value]) => `${gap}${key}${gap}:${gap}${value}`).join(',')}}`),
}));

const EMPTY = '{}';
const schemaOf = (properties: string): string => `{"type":"object","properties":${properties}}`;
/** A call of a tool: what it was called with, and what it takes, each as JSON. */
const messagesBody = (input: string, properties: string): string =>
  `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":` +
  `[{"type":"tool_use","id":"c","name":"f","input":${input}}]},{"role":"user","content":` +
  `[{"type":"tool_result","tool_use_id":"c","content":"b"}]}],"tools":[{"name":"f","input_schema":${schemaOf(properties)}}]}`;
const chatBody =
  (write: (text: string) => string) =>
  (input: string, properties: string): string =>
    `{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c","type":` +
    `"function","function":{"name":"f","arguments":${write(input)}}}]},{"role":"tool","tool_call_id":"c","content":` +
    `"b"}],"tools":[{"type":"function","function":{"name":"f","parameters":${schemaOf(properties)}}}]}`;

const firstOf = (list: unknown): Json => objectOf((list as unknown[])[0]);
const secondTurn = (out: Json): Json => objectOf((out['messages'] as unknown[])[1]);
const printed = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Bytes of what the provider gets of both. */
const SENT: Readonly<Record<'openai' | 'anthropic' | 'bedrock', (out: Json) => number>> = {
  openai: (out) =>
    Buffer.byteLength(String(objectOf(firstOf(secondTurn(out)['tool_calls'])['function'])['arguments'])) +
    printed(objectOf(firstOf(out['tools'])['function'])['parameters']),
  anthropic: (out) =>
    printed(firstOf(secondTurn(out)['content'])['input']) + printed(firstOf(out['tools'])['input_schema']),
  bedrock: (out) =>
    printed(objectOf(firstOf(secondTurn(out)['content'])['toolUse'])['input']) +
    printed(
      objectOf(objectOf(firstOf(objectOf(out['toolConfig'])['tools'])['toolSpec'])['inputSchema'])['json'],
    ),
};

describe('what a tool was called with, and what it takes', () => {
  it.each([
    ['anthropic-messages', 'openai', messagesBody],
    ['anthropic-messages', 'bedrock', messagesBody],
    ['anthropic-messages', 'anthropic', messagesBody],
    ['openai-chat', 'anthropic', chatBody(plainly)],
    ['openai-chat', 'anthropic', chatBody(disguisedly)],
    ['openai-chat', 'bedrock', chatBody(plainly)],
    ['openai-chat', 'openai', chatBody(plainly)],
  ] as const)('of %s goes out to %s as no more bytes than it is bounded by', (surface, dialect, bodyOf) => {
    const read = (input: string, properties: string) => {
      const ask = SURFACES[surface].parse(Buffer.from(bodyOf(input, properties)));
      const { body } = PASSAGES[surface][dialect]!.request(ask, {
        ...{ name: 'm', quirks: UNKNOWN_QUIRKS, removed: [], dropUnsupported: false },
        outputLimit: { name: 'max_tokens', tokens: 9 },
      });
      return { bounded: ask.demand.prompt.bytes, sent: SENT[dialect](JSON.parse(body.toString()) as Json) };
    };
    const least = read(EMPTY, EMPTY);
    fc.assert(
      fc.property(object, object, (input, properties) => {
        const { bounded, sent } = read(input, properties);
        expect(sent - least.sent).toBeLessThanOrEqual(bounded - least.bounded);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['text', { path: 'src/main.ts', text: 'a "b" of 12 – é\n'.repeat(100), list: ['a', 'b'], whole: true }],
    ['numbers', { list: Array.from({ length: 100 }, (_, index) => index * 1.25) }],
    ['what looks like numbers', { sha: '3e8f1e20a9e1'.repeat(20), id: '4e21-9e10' }],
  ])('of %s is bounded by hardly more than its JSON', (_what, input) => {
    const json = JSON.stringify(input);
    const bytesOf = (surface: 'anthropic-messages' | 'openai-chat', body: string): number =>
      SURFACES[surface].parse(Buffer.from(body)).demand.prompt.bytes;
    for (const [surface, bodyOf] of [
      ['anthropic-messages', messagesBody],
      ['openai-chat', chatBody(plainly)],
    ] as const) {
      const bytes = bytesOf(surface, bodyOf(json, EMPTY)) - bytesOf(surface, bodyOf(EMPTY, EMPTY));
      expect(bytes).toBeLessThanOrEqual(Buffer.byteLength(json) + 10);
    }
  });
});
