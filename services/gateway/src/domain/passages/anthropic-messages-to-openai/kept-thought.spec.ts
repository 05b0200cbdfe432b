import { type Json, objectsIn } from '../../json-values';
import { toMessage } from './answer';
import { toChatRequest } from './request';
import { MessageFromChatStream } from './stream';

const MODEL = 'some/model';
const text = (said: Json): Json => ({ type: 'reasoning.text', format: 'a-v1', index: 0, ...said });
const sealed = { type: 'reasoning.encrypted', data: 'c2VhbGVk', id: 'rs_1', format: 'b-v1', index: 1 };
const CALL = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };

const plain = (message: Json): readonly Json[] =>
  objectsIn(
    toMessage({ choices: [{ message, finish_reason: 'stop' }] }, { id: 'msg', model: MODEL }, undefined)?.[
      'content'
    ],
  );
const streamed = (...deltas: readonly Json[]): readonly Json[] => {
  const head = { id: 'msg', model: MODEL, usageIn: () => undefined, inputEstimate: 1 };
  const stream = new MessageFromChatStream(head);
  const last = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const said = [...deltas.map((delta) => ({ choices: [{ index: 0, delta }] })), last].map((chunk) =>
    stream.event(chunk),
  );
  return [...(said.join('') + stream.end()).matchAll(/^data: (.*content_block_start.*)$/gm)].map(
    ([, data = '']) => (JSON.parse(data) as { content_block: Json }).content_block,
  );
};
const typesOf = (blocks: readonly Json[]): readonly unknown[] => blocks.map(({ type }) => type);
/** What a provider is told of an answer that its client gives back. */
const givenBack = (content: readonly Json[], model = MODEL): unknown => {
  const blocks = content.map((block) => (block['type'] === 'text' ? { ...block, text: 'said' } : block));
  const { body } = toChatRequest(
    { model: 'alias', messages: [{ role: 'assistant', content: blocks }] },
    {
      ...{ model, outputLimit: 10, outputLimitName: 'max_tokens' },
      ...{ streamOptions: true, dropUnsupported: false },
    },
  );
  return objectsIn(body['messages'])[0]?.['reasoning_details'];
};

describe('what a server tells of a thought beside its text', () => {
  it.each<[string, readonly Json[]]>([
    ['a signature alone', [text({ signature: 's' })]],
    ['a signed text', [text({ text: 'Hm.', signature: 's' })]],
    ['what is sealed', [sealed]],
    ['a summary, and what it is of', [{ type: 'reasoning.summary', summary: 'Hm.', index: 0 }, sealed]],
  ])('is given back as it was, plain and streamed: %s', (_what, details) => {
    const message = { reasoning: 'Hm.', content: 'said', reasoning_details: details };
    const answer = plain(message);
    expect(typesOf(answer)).toEqual(['thinking', 'redacted_thinking', 'text']);
    expect(givenBack(answer)).toEqual(details);
    const told = streamed({ reasoning: 'Hm.', reasoning_details: details }, { content: 'said' });
    expect(typesOf(told)).toEqual(['thinking', 'redacted_thinking', 'text']);
    expect(givenBack(told)).toEqual(details);
  });

  it('comes in pieces of a text, which are one again', () => {
    const told = streamed(
      { reasoning_details: [text({ text: 'H' })] },
      { reasoning_details: [text({ text: 'm.' })] },
      { reasoning_details: [text({ signature: 's' })] },
      { reasoning_details: [sealed, { ...sealed, data: 'bW9yZQ==' }] },
      { content: 'said' },
    );
    expect(givenBack(told)).toEqual([
      text({ text: 'Hm.', signature: 's' }),
      sealed,
      { ...sealed, data: 'bW9yZQ==' },
    ]);
  });

  it('goes before the call that it led to, and where it is told later, before the end', () => {
    const call = { tool_calls: [{ index: 0, ...CALL }] };
    const together = streamed({ content: 'said' }, { ...call, reasoning_details: [sealed] });
    expect(typesOf(together)).toEqual(['text', 'redacted_thinking', 'tool_use']);
    const later = streamed(call, { reasoning_details: [sealed] });
    expect(typesOf(later)).toEqual(['tool_use', 'redacted_thinking']);
    for (const told of [together, later]) expect(givenBack(told)).toEqual([sealed]);
    expect(givenBack(plain({ content: null, tool_calls: [CALL], reasoning_details: [sealed] }))).toEqual([
      sealed,
    ]);
  });

  it.each<[string, readonly Json[]]>([
    ['nothing of it is signed', [text({ text: 'Hm.' })]],
    ['it is longer than any', [text({ text: 'H'.repeat(2 ** 20) }), sealed]],
  ])('is not kept where %s', (_what, details) => {
    expect(typesOf(plain({ content: 'said', reasoning_details: details }))).toEqual(['text']);
    expect(typesOf(streamed({ reasoning_details: details }, { content: 'said' }))).toEqual(['text']);
  });

  it('is given back to no other model, nor is what Anthropic’s own have redacted', () => {
    const answer = plain({ content: 'said', reasoning_details: [sealed] });
    expect(givenBack(answer, 'another')).toBeUndefined();
    const redacted = { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix/LafPsn4a' };
    expect(givenBack([redacted, { type: 'text', text: 'said' }])).toBeUndefined();
  });
});
