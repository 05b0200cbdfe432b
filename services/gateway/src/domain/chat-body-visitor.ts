import type { JsonVisitor } from './json-scan';
import { OUTPUT_LIMIT_NAMES, OUTPUT_MULTIPLIERS } from './quirks';
import { invalidRequest } from './refusal';

/** Where a value stands in the body; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of the body: where its value stands, and where its key begins. */
export interface Member extends Span {
  readonly keyStart: number;
}

/** Parameters that the gateway reads, and that bound what a call may cost. */
const CONTROLLED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'n',
  'stream',
  'stream_options',
  ...OUTPUT_LIMIT_NAMES,
  ...OUTPUT_MULTIPLIERS,
  'prediction',
  'service_tier',
  'web_search_options',
]);

/** Content parts whose tokens are those of their text. */
const TEXT_PARTS: ReadonlySet<string> = new Set(['text', 'refusal']);

/** Depths inside `messages`: the array's elements, a message's members, its content's parts, a part's members. */
const ELEMENT = 2;
const MESSAGE = 3;
const PART = 4;
const PART_MEMBER = 5;

/** Gathers from one scan of a chat body what its checks and its bound need. Throws Refusal. */
export class ChatBodyVisitor implements JsonVisitor {
  /** The values of the top-level keys. */
  readonly members = new Map<string, Member>();
  isObject = false;
  messagesIsArray = false;
  messageCount = 0;
  /** UTF-8 bytes of everything in `messages` that may become prompt, at least. */
  promptBytes = 0;
  /** Some of the prompt is not in the body, or is no text: images, files, audio. */
  opaque = false;

  private topKey = '';
  private topKeyStart = 0;
  private topStart = 0;
  private messageKey = '';
  private partKey = '';
  private roleSeen = false;
  private partIsText = false;

  constructor(private readonly body: Buffer) {}

  key(depth: number, start: number, end: number, escaped: boolean): void {
    if (depth === 1) this.topLevelKey(this.textOf(start, end, escaped), start);
    else if (this.topKey !== 'messages') return;
    else if (depth === MESSAGE) this.messageKey = this.textOf(start, end, escaped);
    else if (depth === PART_MEMBER) this.partKey = this.textOf(start, end, escaped);
    // Keys of nested objects may reach the prompt; those of messages are the template's.
    else this.promptBytes += end - start;
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
    if (depth === 1) this.endMember(this.topStart, end);
  }

  string(depth: number, start: number, end: number, escaped: boolean, decodedBytes: number): void {
    if (depth === 1) this.endMember(start, end);
    if (this.topKey !== 'messages') return;
    this.promptBytes += decodedBytes;
    if (depth === ELEMENT) this.element(false);
    if (depth === MESSAGE && this.messageKey === 'role') this.roleSeen = true;
    if (depth === PART_MEMBER && this.messageKey === 'content' && this.partKey === 'type') {
      this.partIsText = TEXT_PARTS.has(this.textOf(start, end, escaped));
      this.opaque ||= !this.partIsText;
    }
  }

  scalar(depth: number, start: number, end: number): void {
    if (depth === 1) this.endMember(start, end);
    if (this.topKey !== 'messages') return;
    this.promptBytes += end - start;
    if (depth === ELEMENT) this.element(false);
  }

  private topLevelKey(name: string, start: number): void {
    if (this.members.has(name))
      throw invalidRequest(`The key '${printable(name)}' is given twice.`, printable(name));
    // Some servers match keys without regard to case: a second spelling would be a second value.
    const folded = name.toUpperCase().toLowerCase();
    if (folded !== name && CONTROLLED.has(folded)) {
      throw invalidRequest(`The key '${printable(name)}' must be spelt '${folded}'.`, printable(name));
    }
    this.topKey = name;
    this.topKeyStart = start;
  }

  private endMember(start: number, end: number): void {
    this.members.set(this.topKey, { keyStart: this.topKeyStart, start, end });
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
    const raw = this.body.toString('utf8', start, end);
    return escaped ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }
}

const missingRole = (index: number): Error =>
  invalidRequest(`'messages[${index}].role' must be a string.`, `messages[${index}].role`);

/** Client words in an answer: short, and nothing that a terminal or a log would act on. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
