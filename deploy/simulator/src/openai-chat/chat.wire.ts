import type { IncomingHttpHeaders } from 'node:http';
import { randomId } from '../core/generate';
import type { Generation } from '../core/generation';
import { modelNamedBy } from '../core/json';
import type { Wire, Wording } from '../core/wire';
import { parseChatRequest } from './chat-request';
import type { ChatRequest } from './chat-request';
import { ChatWording } from './chat-wording';
import type { AnswerHead, ChatExtras } from './chat-wording';
import { sendOpenAiError } from './openai-error';

export const answerHead = (prefix: string, model: string): AnswerHead => ({
  id: randomId(prefix),
  created: Math.floor(Date.now() / 1000),
  model,
});

export const wordChat = (chat: ChatRequest, generation: Generation, extras?: ChatExtras): Wording =>
  new ChatWording(answerHead('chatcmpl-', chat.model), generation, chat.includeUsage, extras);

/** What OpenAI's paths have in common. */
export const OPENAI_WIRE = {
  modelOf: modelNamedBy,
  sendError: sendOpenAiError,
  headers: () => ({}),
  credentialHeader: (headers: IncomingHttpHeaders): string => headers.authorization ?? '',
};

/** `POST /v1/chat/completions`. */
export const CHAT_WIRE: Wire<ChatRequest> = {
  ...OPENAI_WIRE,
  parse: parseChatRequest,
  word: wordChat,
};
