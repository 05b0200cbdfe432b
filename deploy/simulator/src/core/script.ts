import { randomUUID } from 'node:crypto';
import type { Ask, ToolOffer } from './ask';
import type { Behaviour } from './behaviour';
import { exampleOf } from './example-of';
import { asciiJson } from './json';

/** Every generated token that is not part of JSON. Short, so that a thousand streams fit in one socket buffer each. */
export const TOKEN = 'tok ';

/** A stretch of an answer; its tokens come one by one. */
export interface Block {
  readonly kind: 'reasoning' | 'text' | 'tool';
  readonly tokens: number;
  /** What each token says, in ASCII; undefined: every one says TOKEN. */
  readonly pieces: readonly string[] | undefined;
  /** Of a tool call: what distinguishes it from all others. */
  readonly id: string;
  /** Of a tool call: the tool. */
  readonly name: string;
}

/** The tokens of one block from `first` on; a block starts where that is 0. */
export interface Part {
  readonly block: Block;
  /** The block's place in the script. */
  readonly index: number;
  readonly first: number;
  readonly count: number;
  readonly ends: boolean;
}

const REASONING_TOKENS = 16;

const plain = (kind: 'reasoning' | 'text', tokens: number): Block => ({
  kind,
  tokens,
  pieces: undefined,
  id: '',
  name: '',
});

const piecesOf = (json: string): string[] => json.match(/.{1,4}/gs) ?? [];

const jsonText = (schema: unknown): Block => {
  const pieces = piecesOf(asciiJson(exampleOf(schema)));
  return { ...plain('text', pieces.length), pieces };
};

const toolCall = (tool: ToolOffer): Block => {
  const pieces = piecesOf(asciiJson(exampleOf(tool.schema)));
  return {
    kind: 'tool',
    tokens: pieces.length,
    pieces,
    id: randomUUID().replaceAll('-', ''),
    name: tool.name,
  };
};

/** The tools that are called: as many as the request allows and the behaviour wants. */
const calledTools = (ask: Ask, behaviour: Behaviour): ToolOffer[] => {
  const { toolUse } = ask;
  const tools =
    typeof toolUse === 'object' ? ask.tools.filter(({ name }) => name === toolUse.named) : ask.tools;
  const idle = toolUse === 'auto' && ask.answersTools;
  if (tools.length === 0 || toolUse === 'none' || idle) return [];
  const wanted = behaviour.toolCalls ?? 0;
  const least = toolUse === 'auto' ? wanted : Math.max(1, wanted);
  const count = ask.parallelTools ? least : Math.min(1, least);
  return Array.from({ length: count }, (_, at) => tools[at % tools.length]!);
};

const spoken = (ask: Ask, behaviour: Behaviour): Block[] => {
  const calls = calledTools(ask, behaviour);
  if (calls.length > 0) return [plain('text', behaviour.preambleTokens), ...calls.map(toolCall)];
  return [ask.schema === undefined ? plain('text', behaviour.completionTokens) : jsonText(ask.schema)];
};

/** All that the model would say if nothing limited it. Blocks without a token are not said. */
export const scriptOf = (ask: Ask, behaviour: Behaviour): Block[] => {
  const reasoning = behaviour.reasoningTokens ?? (ask.reasons ? REASONING_TOKENS : 0);
  return [plain('reasoning', reasoning), ...spoken(ask, behaviour)].filter(({ tokens }) => tokens > 0);
};

export const tokensOf = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { tokens }) => sum + tokens, 0);

/** The first `limit` tokens of a script. */
export const cutTo = (blocks: readonly Block[], limit: number): Block[] => {
  const kept: Block[] = [];
  let left = limit;
  for (const block of blocks) {
    if (left === 0) break;
    const tokens = Math.min(block.tokens, left);
    kept.push(tokens === block.tokens ? block : { ...block, tokens });
    left -= tokens;
  }
  return kept;
};

/** The tokens `from` to `from + count` of a script, block by block. */
export function* partsOf(blocks: readonly Block[], from: number, count: number): Iterable<Part> {
  let start = 0;
  for (const [index, block] of blocks.entries()) {
    const first = Math.max(from - start, 0);
    const end = Math.min(from + count - start, block.tokens);
    if (end > first) yield { block, index, first, count: end - first, ends: end === block.tokens };
    start += block.tokens;
  }
}

/** What a block says in all. */
export const textOf = ({ pieces, tokens }: Block): string =>
  pieces ? pieces.slice(0, tokens).join('') : TOKEN.repeat(tokens);

/** One frame per token of a part; those of a block whose tokens are all alike are built once. */
export const perToken = (part: Part, frame: (text: string) => string): string => {
  const { pieces } = part.block;
  if (!pieces) return frame(TOKEN).repeat(part.count);
  return pieces
    .slice(part.first, part.first + part.count)
    .map(frame)
    .join('');
};

/** The arguments of a tool call as a JSON object, also when the output limit has cut them off. */
export const argumentsOf = (block: Block): string => {
  const text = textOf(block);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return '{}';
  }
};
