import { type Json, objectOf, objectsIn } from '../json-values';

const event = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

/** A message that came whole, as the stream that was asked for: each block at once. What is no block is left out. */
export const anthropicEvents = (whole: Buffer): string => {
  const { content, stop_reason, stop_sequence, ...head } = objectOf(JSON.parse(whole.toString('utf8')));
  const message = { ...head, content: [], stop_reason: null, stop_sequence: null };
  return [
    event('message_start', { message }),
    ...objectsIn(content).flatMap(blockEvents),
    event('message_delta', {
      delta: { stop_reason, stop_sequence: stop_sequence ?? null },
      usage: head['usage'],
    }),
    event('message_stop', {}),
  ].join('');
};

const blockEvents = (block: Json, index: number): readonly string[] => {
  const { begun, deltas } = partsOf(block);
  return [
    event('content_block_start', { index, content_block: begun }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ];
};

interface Parts {
  readonly begun: Json;
  readonly deltas: readonly Json[];
}

/** How a block begins, and what is added to it then; what has no deltas is there from its beginning. */
const partsOf = (block: Json): Parts => {
  switch (block['type']) {
    case 'text':
      return { begun: { ...block, text: '' }, deltas: [{ type: 'text_delta', text: block['text'] }] };
    case 'tool_use':
      return {
        begun: { ...block, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(block['input'] ?? {}) }],
      };
    case 'thinking':
      return {
        begun: { ...block, thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking: block['thinking'] },
          { type: 'signature_delta', signature: block['signature'] },
        ],
      };
    default:
      return { begun: block, deltas: [] };
  }
};
