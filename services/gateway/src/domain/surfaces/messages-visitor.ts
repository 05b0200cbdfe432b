import type { Member } from '../ask';
import type { ImageSize } from '../image-size';
import { invalidRequest } from '../refusal';
import { BEGINS_NULL, Members, textAt } from './body';
import type { JsonVisitor } from './json-scan';
import type { KnownNames } from './known-names';
import { NOT_HERE, type PictureBlock, PictureReader } from './pictures';
import { growthAt, growthInText } from './printed-numbers';

/** How a language writes its messages, as far as their size goes. */
export interface MessagesLanguage {
  /** Those of its members, and what stands in messages, that are in most of its bodies. */
  readonly names: KnownNames;
  /** Parameters that the gateway reads. */
  readonly controlled: ReadonlySet<string>;
  /** Types of content blocks whose tokens are those of their text. Whatever else is in a block's place makes a prompt opaque. */
  readonly textBlocks: ReadonlySet<string>;
  readonly pictureBlock: PictureBlock;
  /** Members of the body that hold content blocks beside the messages. */
  readonly blockMembers: ReadonlySet<string>;
  /** The member of blocks whose value another language has as a text of JSON; absent where there is none. */
  readonly jsonValue?: string;
  /** The member, wherever it is, whose text of JSON another language has as a value; absent where there is none. */
  readonly jsonText?: string;
}

/** Depths inside `messages`: the array's elements, a message's members, and those of an object in a list of it. */
const ELEMENT = 2;
const MESSAGE = 3;
const MESSAGE_PART = 5;

/** In which clients say how long a provider is to keep what they sent. */
const TTL = 'ttl';
const TTL_LENGTH = TTL.length + 2;
/** What it is where nobody says it. */
const TTL_USUAL = '5m';

/** What JSON has around the members of a value, and between each of them and the next. */
const BRACKETS = 2;
const SEPARATOR = 1;

/** A list of content blocks that is being read, and what is known of the block that is. */
interface BlockList {
  readonly depth: number;
  /** The member that is being read, and the member of that. */
  key: string;
  subKey: string;
  /** What its type makes of it; undefined until one was read. */
  kind: BlockKind | undefined;
  /** Absent while nothing in it may be an image. */
  picture: PictureReader | undefined;
}

type BlockKind = 'text' | 'picture' | 'other';

/**
 * Gathers from one scan of a body with `messages` what its checks and its bound need. Blocks are what stands in a list of
 * content, also in a block's own: only there does a `type` say what something is. Throws Refusal.
 */
export class MessagesVisitor implements JsonVisitor {
  isObject = false;
  messagesIsArray = false;
  messageCount = 0;
  /** UTF-8 bytes of everything in `messages` that may become prompt, at least; images apart. */
  promptBytes = 0;
  /** Of those, what numbers may come to beyond what the body has of them, where they are printed anew. */
  growth = 0;
  /** The images in `messages`; the provider may have to fetch them. */
  readonly images: (ImageSize | undefined)[] = [];
  /** Some of the prompt is not in the body, or is neither text nor image: files, audio. */
  opaque = false;
  /** Something in it has a time for which it is to be kept, other than the usual one. */
  namesTtl = false;

  private readonly gathered: Members;
  private topKey = '';
  private topStart = 0;
  private messageKey = '';
  private roleSeen = false;
  private textIsJson = false;
  private isTtl = false;
  /** The lists of blocks around what is being read, from the outside in. */
  private readonly lists: BlockList[] = [];
  private list: BlockList | undefined;

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
    this.isTtl = (escaped || end - start === TTL_LENGTH) && this.textOf(start, end, escaped) === TTL;
    if (depth === 1) {
      this.topKey = this.textOf(start, end, escaped);
      return this.gathered.key(this.topKey, start);
    }
    const block = this.blockAround(depth);
    if (block) block.key = this.textOf(start, end, escaped);
    else if (this.holdsPicture(depth)) this.list!.subKey = this.textOf(start, end, escaped);
    if (this.topKey !== 'messages') return;
    if (depth === MESSAGE) this.messageKey = this.textOf(start, end, escaped);
    // Keys of nested objects may reach the prompt; those of messages and of what is in them are the template's.
    else if (depth !== MESSAGE_PART) this.promptBytes += end - start;
    if (this.isInValue(depth - 1)) this.promptBytes += SEPARATOR;
    const { jsonText } = this.language;
    this.textIsJson =
      jsonText !== undefined &&
      (escaped || end - start === jsonText.length + 2) &&
      this.textOf(start, end, escaped) === jsonText;
  }

  open(depth: number, isArray: boolean, start: number): void {
    this.isTtl = false;
    if (depth === 0) this.isObject = !isArray;
    if (depth === 1) this.topStart = start;
    const { list } = this;
    if (this.topKey === 'messages') this.openInMessages(depth, isArray);
    if (list && depth === list.depth + 1) {
      this.opaque ||= isArray;
      list.kind = list.picture = undefined;
    }
    if (!this.holdsBlocks(depth)) return;
    // A block without its list is what nobody here can read.
    this.opaque ||= !isArray;
    if (isArray) this.lists.push((this.list = newList(depth)));
  }

  close(depth: number, _isArray: boolean, end: number): void {
    const { list } = this;
    if (list && depth === list.depth + 1) this.endBlock(list);
    if (list && depth === list.depth) {
      this.lists.pop();
      this.list = this.lists.at(-1);
    }
    if (this.topKey === 'messages' && depth === ELEMENT && !this.roleSeen)
      throw missingRole(this.messageCount - 1);
    if (depth === 1) this.gathered.end(this.topKey, this.topStart, end);
  }

  string(
    depth: number,
    start: number,
    end: number,
    escaped: boolean,
    decodedBytes: number,
    printedBytes: number,
  ): void {
    if (depth === 1) this.gathered.end(this.topKey, start, end);
    if (this.isTtl) this.namesTtl ||= this.textOf(start, end, escaped) !== TTL_USUAL;
    this.stringInBlock(depth, start, end, escaped, decodedBytes);
    if (this.topKey !== 'messages') return;
    this.promptBytes += this.isInValue(depth) ? printedBytes + SEPARATOR : decodedBytes;
    if (this.textIsJson) this.grow(growthInText(this.body, start, end, escaped));
    if (depth === ELEMENT) this.element(false);
    if (depth === MESSAGE && this.messageKey === 'role') this.roleSeen = true;
  }

  scalar(depth: number, start: number, end: number): void {
    if (depth === 1) this.gathered.end(this.topKey, start, end);
    if (this.isTtl) this.namesTtl ||= this.body[start] !== BEGINS_NULL;
    this.grow(growthAt(this.body, start, end));
    if (this.topKey !== 'messages') return;
    this.promptBytes += end - start;
    if (this.isInValue(depth)) this.promptBytes += SEPARATOR;
    if (depth === ELEMENT) this.element(false);
  }

  private grow(bytes: number): void {
    this.growth += bytes;
    this.promptBytes += bytes;
  }

  private stringInBlock(
    depth: number,
    start: number,
    end: number,
    escaped: boolean,
    decodedBytes: number,
  ): void {
    const block = this.blockAround(depth);
    if (block?.key === 'type') {
      const kind = this.kindOf(this.textOf(start, end, escaped));
      block.kind = (block.kind ?? kind) === kind ? kind : 'other';
      return;
    }
    const list = block ?? (this.holdsPicture(depth) ? this.list : undefined);
    if (!list || !this.language.pictureBlock.places.has(list.key)) return;
    list.picture ??= new PictureReader(this.body, this.language.pictureBlock);
    const path = block ? list.key : `${list.key}.${list.subKey}`;
    list.picture.string(path, start, end, escaped, decodedBytes);
  }

  private kindOf(type: string): BlockKind {
    if (this.language.textBlocks.has(type)) return 'text';
    return type === this.language.pictureBlock.type && this.topKey === 'messages' ? 'picture' : 'other';
  }

  private endBlock({ kind, picture }: BlockList): void {
    const found = kind === 'picture' ? (picture ? picture.picture : NOT_HERE) : undefined;
    if (found) {
      this.images.push(found.size);
      this.promptBytes -= found.bytes;
    } else this.opaque ||= kind !== 'text';
  }

  private openInMessages(depth: number, isArray: boolean): void {
    if (depth === 1) this.messagesIsArray = isArray;
    if (depth === ELEMENT) this.element(!isArray);
    if (depth === MESSAGE) this.opaque ||= this.messageKey === 'audio';
    if (this.isInValue(depth)) this.promptBytes += BRACKETS + SEPARATOR;
  }

  /** The list whose block has what stands there for a member. */
  private blockAround(depth: number): BlockList | undefined {
    return this.list?.depth === depth - 2 ? this.list : undefined;
  }

  /** Whether what stands there is, or is in, a value that another language has as a text. */
  private isInValue(depth: number): boolean {
    const { list } = this;
    return list !== undefined && depth >= list.depth + 2 && list.key === this.language.jsonValue;
  }

  /** Whether what stands there is in a member of a block that may hold its image. */
  private holdsPicture(depth: number): boolean {
    const { list } = this;
    return list?.depth === depth - 3 && this.language.pictureBlock.places.has(list.key);
  }

  /** Whether what opens there is in the place of a list of blocks. */
  private holdsBlocks(depth: number): boolean {
    if (depth === 1) return this.language.blockMembers.has(this.topKey);
    if (depth === MESSAGE && this.topKey === 'messages') return this.messageKey === 'content';
    return this.blockAround(depth)?.key === 'content';
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
    if (escaped) return textAt(this.body, start, end, true);
    return (
      this.language.names.at(this.body, start + 1, end - 1) ?? this.body.toString('utf8', start + 1, end - 1)
    );
  }
}

const newList = (depth: number): BlockList => ({
  depth,
  key: '',
  subKey: '',
  kind: undefined,
  picture: undefined,
});

/** Throws Refusal unless the body is an object with messages. */
export const assertMessages = (visitor: MessagesVisitor): void => {
  if (!visitor.isObject) throw invalidRequest('The body must be a JSON object.');
  if (!visitor.members.has('messages')) throw invalidRequest("'messages' is required.", 'messages');
  if (!visitor.messagesIsArray) throw invalidRequest("'messages' must be an array.", 'messages');
  if (visitor.messageCount === 0) throw invalidRequest("'messages' must not be empty.", 'messages');
};

const missingRole = (index: number): Error =>
  invalidRequest(`'messages[${index}].role' must be a string.`, `messages[${index}].role`);
