import type { Json } from '../../json-values';
import { invalidRequest } from '../../refusal';
import { type Omissions, isSaid, listAt, objectAt, textAt, unlessEmpty } from '../translation';
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

  /** Of turns that say nothing there are none. */
  messages(): readonly Json[] {
    const messages: Json[] = [];
    for (const { role, results, content } of this.turns)
      if (results.length + content.length > 0)
        messages.push({ role, content: results.length > 0 ? [...results, ...content] : content });
    return messages;
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
    if (!known) return;
    for (const name of Object.keys(message)) {
      if (isSaid(message[name]) && !known.has(name))
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
  listAt(messages, 'messages').forEach((message, at) => {
    const path = `messages[${at}]`;
    turns.add(objectAt(message, path), path);
  });
  const said = turns.messages();
  if (said.length > 0) return { system: turns.system, messages: said };
  throw invalidRequest("'messages' has nothing that the provider could answer.", 'messages');
};
