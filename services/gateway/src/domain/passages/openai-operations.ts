import type { Ask } from '../ask';
import { openai } from '../dialects/openai';
import type { Destination, Passage } from './passage';
import type { BodyChanges } from './rewritten-body';
import { sameDialect } from './same-dialect';

/** Streams are asked to tell their usage, where the provider takes the question. */
const usageOption = (ask: Ask, { quirks }: Destination): BodyChanges['set'] =>
  ask.stream && !ask.usageAsked && quirks.streamOptions
    ? new Map([['stream_options', withUsage(ask)]])
    : new Map();

const withUsage = ({ body, members }: Ask): string => {
  const span = members.get('stream_options');
  const options = span ? (JSON.parse(body.toString('utf8', span.start, span.end)) as object | null) : null;
  return JSON.stringify({ ...options, include_usage: true });
};

export const chatCompletions: Passage = sameDialect(openai, {
  path: '/chat/completions',
  members: usageOption,
});
export const completions: Passage = sameDialect(openai, { path: '/completions', members: usageOption });
export const embeddings: Passage = sameDialect(openai, { path: '/embeddings' });
