import type { Json } from '../../dialects/json-values';
import { invalidRequest } from '../../refusal';
import { type Omissions, listAt, objectAt, saidIn, textAt, unlessEmpty } from '../translation';
import { assistantBlocks, callId, contentBlocks } from './content';

/** A conversation in Anthropic's form: the instructions apart, then turns. */
export interface Conversation {
  readonly system: readonly Json[];
  readonly messages: readonly Json[];
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly results: Json[];
  readonly content: Json[];
}

/** By role. An assistant's are looked at where its turn is. */
const KNOWN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['user', new Set(['role', 'content'])],
  ['system', new Set(['role', 'content'])],
  ['developer', new Set(['role', 'content'])],
  ['tool', new Set(['role', 'content', 'tool_call_id'])],
]);

/** Gathers messages into turns: those of one side are one, and what answers calls comes first in it. */
class Turns {
  readonly system: Json[] = [];
  private readonly turns: Turn[] = [];

  constructor(private readonly omissions: Omissions) {}

  get messages(): readonly Json[] {
    return this.turns
      .map(({ role, results, content }) => ({ role, content: [...results, ...content] }))
      .filter(({ content }) => content.length > 0);
  }

  add(message: Json, path: string): void {
    const role = textAt(message['role'], `${path}.role`);
    this.refuseUnknown(role, message, path);
    switch (role) {
      case 'system':
      case 'developer':
        return this.addSystem(message, path);
      case 'user':
        this.turn('user').content.push(
          ...contentBlocks(message['content'], `${path}.content`, this.omissions),
        );
        return;
      case 'assistant':
        this.turn('assistant').content.push(...assistantBlocks(message, path, this.omissions));
        return;
      case 'tool':
        this.turn('user').results.push(this.resultOf(message, path));
        return;
      default:
        return this.omissions.leaveOut(`${path}.role`, `The provider has no messages of role '${role}'.`);
    }
  }

  /** Instructions stand before the conversation; in the middle of it the provider has no place for them. */
  private addSystem(message: Json, path: string): void {
    if (this.turns.length > 0) {
      const place = 'The provider takes instructions at the beginning of a conversation only.';
      this.omissions.leaveOut(`${path}.role`, place);
    }
    this.system.push(...contentBlocks(message['content'], `${path}.content`, this.omissions));
  }

  private resultOf(message: Json, path: string): Json {
    const id = callId(textAt(message['tool_call_id'], `${path}.tool_call_id`));
    const content = contentBlocks(message['content'], `${path}.content`, this.omissions);
    return { type: 'tool_result', tool_use_id: id, ...unlessEmpty('content', content) };
  }

  private refuseUnknown(role: string, message: Json, path: string): void {
    const known = KNOWN.get(role);
    for (const [name] of known ? saidIn(message) : []) {
      if (!known?.has(name))
        this.omissions.leaveOut(`${path}.${name}`, `The provider has no '${name}' of messages.`);
    }
  }

  private turn(role: Turn['role']): Turn {
    const last = this.turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, results: [], content: [] };
    this.turns.push(turn);
    return turn;
  }
}

/** Throws Refusal for what cannot be said. */
export const conversationOf = (messages: unknown, omissions: Omissions): Conversation => {
  const turns = new Turns(omissions);
  for (const [at, message] of listAt(messages, 'messages').entries()) {
    turns.add(objectAt(message, `messages[${at}]`), `messages[${at}]`);
  }
  if (turns.messages.length > 0) return { system: turns.system, messages: turns.messages };
  throw invalidRequest("'messages' has nothing that the provider could answer.", 'messages');
};
