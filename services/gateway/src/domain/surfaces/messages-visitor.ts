import type { Member } from '../ask';
import { invalidRequest } from '../refusal';
import { Members, textAt } from './body';
import type { JsonVisitor } from './json-scan';

/** How a language writes its messages, as far as their size goes. */
export interface MessagesLanguage {
  /** Parameters that the gateway reads. */
  readonly controlled: ReadonlySet<string>;
  /** Types of content parts whose tokens are those of their text. Whatever else is in a part's place makes a prompt opaque. */
  readonly textParts: ReadonlySet<string>;
  /** Parts have parts of their own, at any depth. */
  readonly nestedParts: boolean;
}

/** Depths inside `messages`: the array's elements, a message's members, its content's parts, a part's members. */
const ELEMENT = 2;
const MESSAGE = 3;
const PART = 4;
const PART_MEMBER = 5;

/** In which clients say how long a provider is to keep what they sent. */
const TTL = 'ttl';
const TTL_LENGTH = TTL.length + 2;

/** Gathers from one scan of a body with `messages` what its checks and its bound need. Throws Refusal. */
export class MessagesVisitor implements JsonVisitor {
  isObject = false;
  messagesIsArray = false;
  messageCount = 0;
  /** UTF-8 bytes of everything in `messages` that may become prompt, at least. */
  promptBytes = 0;
  /** Some of the prompt is not in the body, or is no text: images, files, audio. */
  opaque = false;
  /** Something in it has a time for which it is to be kept. */
  namesTtl = false;

  private readonly gathered: Members;
  private topKey = '';
  private topStart = 0;
  private messageKey = '';
  private partKey = '';
  private roleSeen = false;
  private partIsText = false;
  private nestedKeyIsType = false;

  constructor(
    private readonly body: Buffer,
    private readonly language: MessagesLanguage,
  ) {
    this.gathered = new Members(language.controlled);
  }

  /** The values of the top-level keys. */
  get members(): ReadonlyMap<string, Member> {
    return this.gathered.all;
  }

  key(depth: number, start: number, end: number, escaped: boolean): void {
    if ((escaped || end - start === TTL_LENGTH) && this.textOf(start, end, escaped) === TTL)
      this.namesTtl = true;
    if (depth === 1) {
      this.topKey = this.textOf(start, end, escaped);
      return this.gathered.key(this.topKey, start);
    }
    if (this.topKey !== 'messages') return;
    if (depth === MESSAGE) this.messageKey = this.textOf(start, end, escaped);
    else if (depth === PART_MEMBER) this.partKey = this.textOf(start, end, escaped);
    else this.nestedKey(depth, start, end, escaped);
  }

  open(depth: number, isArray: boolean, start: number): void {
    if (depth === 0) this.isObject = !isArray;
    if (depth === 1) this.topStart = start;
    if (this.topKey !== 'messages') return;
    if (depth === 1) this.messagesIsArray = isArray;
    if (depth === ELEMENT) this.element(!isArray);
    if (depth === MESSAGE)
      this.opaque ||= this.messageKey === 'content' ? !isArray : this.messageKey === 'audio';
    if (depth === PART && this.messageKey === 'content') {
      this.partIsText = false;
      this.opaque ||= isArray;
    }
  }

  close(depth: number, _isArray: boolean, end: number): void {
    if (this.topKey === 'messages') {
      if (depth === ELEMENT && !this.roleSeen) throw missingRole(this.messageCount - 1);
      if (depth === PART && this.messageKey === 'content') this.opaque ||= !this.partIsText;
    }
    if (depth === 1) this.gathered.end(this.topKey, this.topStart, end);
  }

  string(depth: number, start: number, end: number, escaped: boolean, decodedBytes: number): void {
    if (depth === 1) this.gathered.end(this.topKey, start, end);
    if (this.topKey !== 'messages') return;
    this.promptBytes += decodedBytes;
    if (depth === ELEMENT) this.element(false);
    if (depth === MESSAGE && this.messageKey === 'role') this.roleSeen = true;
    if (this.messageKey !== 'content') return;
    if (depth === PART_MEMBER && this.partKey === 'type') {
      this.partIsText = this.isText(start, end, escaped);
      this.opaque ||= !this.partIsText;
    } else if (depth > PART_MEMBER && this.nestedKeyIsType) this.opaque ||= !this.isText(start, end, escaped);
  }

  scalar(depth: number, start: number, end: number): void {
    if (depth === 1) this.gathered.end(this.topKey, start, end);
    if (this.topKey !== 'messages') return;
    this.promptBytes += end - start;
    if (depth === ELEMENT) this.element(false);
  }

  /** Keys of nested objects may reach the prompt; those of messages are the template's. */
  private nestedKey(depth: number, start: number, end: number, escaped: boolean): void {
    this.promptBytes += end - start;
    this.nestedKeyIsType =
      this.language.nestedParts && depth > PART_MEMBER && this.textOf(start, end, escaped) === 'type';
  }

  private isText(start: number, end: number, escaped: boolean): boolean {
    return this.language.textParts.has(this.textOf(start, end, escaped));
  }

  private element(isObject: boolean): void {
    if (!isObject) {
      const path = `messages[${this.messageCount}]`;
      throw invalidRequest(`Invalid type for '${path}': expected an object.`, path);
    }
    this.messageCount++;
    this.roleSeen = false;
    this.messageKey = '';
  }

  private textOf(start: number, end: number, escaped: boolean): string {
    return textAt(this.body, start, end, escaped);
  }
}

/** Throws Refusal unless the body is an object with messages. */
export const assertMessages = (visitor: MessagesVisitor): void => {
  if (!visitor.isObject) throw invalidRequest('The body must be a JSON object.');
  if (!visitor.members.has('messages')) throw invalidRequest("'messages' is required.", 'messages');
  if (!visitor.messagesIsArray) throw invalidRequest("'messages' must be an array.", 'messages');
  if (visitor.messageCount === 0) throw invalidRequest("'messages' must not be empty.", 'messages');
};

const missingRole = (index: number): Error =>
  invalidRequest(`'messages[${index}].role' must be a string.`, `messages[${index}].role`);
