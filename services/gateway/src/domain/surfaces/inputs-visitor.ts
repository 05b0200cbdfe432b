import type { Member, PromptDemand } from '../ask';
import { Members, textAt } from './body';
import type { JsonVisitor } from './json-scan';

/** Depths inside the member that has the prompts: its elements, and what is in them. */
const ELEMENT = 2;
const INNER = 3;

/**
 * Gathers from one scan of a body what its prompts are, where they stand in one member: a text, tokens, or a list of either.
 */
export class InputsVisitor implements JsonVisitor {
  isObject = false;

  /** UTF-8 bytes of every text, and the digits of every token. */
  private promptBytes = 0;
  /** Something is neither text nor tokens. */
  private opaque = false;

  private readonly gathered: Members;
  private topKey = '';
  private topStart = 0;
  private listed = 0;
  private tokens = 0;

  /** @param inputKey the member that has the prompts. */
  constructor(
    private readonly body: Buffer,
    private readonly inputKey: string,
    controlled: ReadonlySet<string>,
  ) {
    this.gathered = new Members(controlled);
  }

  get members(): ReadonlyMap<string, Member> {
    return this.gathered.all;
  }

  /**
   * @param otherBytes of what stands elsewhere in the body, and may reach the prompt.
   * @param eachBytes of what does so for each of the prompts.
   */
  demand(otherBytes: number, eachBytes = 0): PromptDemand {
    // Tokens that stand in the list themselves are one prompt.
    const prompts = Math.max(1, this.listed + (this.tokens > 0 ? 1 : 0));
    return {
      bytes: this.promptBytes + otherBytes + eachBytes * prompts,
      growth: eachBytes * (prompts - 1),
      messages: prompts,
      prompts,
      images: [],
      opaque: this.opaque,
      usesTools: false,
      keepsHour: false,
    };
  }

  key(depth: number, start: number, end: number, escaped: boolean): void {
    if (depth === 1) {
      this.topKey = textAt(this.body, start, end, escaped);
      this.gathered.key(this.topKey, start);
    } else if (this.inside()) this.promptBytes += end - start;
  }

  open(depth: number, isArray: boolean, start: number): void {
    if (depth === 0) this.isObject = !isArray;
    if (depth === 1) this.topStart = start;
    if (!this.inside()) return;
    this.opaque ||= !isArray || depth >= INNER;
    if (depth === ELEMENT) this.listed++;
  }

  close(depth: number, _isArray: boolean, end: number): void {
    if (depth === 1) this.gathered.end(this.topKey, this.topStart, end);
  }

  string(depth: number, start: number, end: number, _escaped: boolean, decodedBytes: number): void {
    if (depth === 1) this.gathered.end(this.topKey, start, end);
    if (!this.inside()) return;
    this.promptBytes += decodedBytes;
    if (depth === ELEMENT) this.listed++;
  }

  scalar(depth: number, start: number, end: number): void {
    if (depth === 1) this.gathered.end(this.topKey, start, end);
    if (!this.inside()) return;
    this.promptBytes += end - start;
    if (depth === ELEMENT) this.tokens++;
  }

  private inside(): boolean {
    return this.topKey === this.inputKey;
  }
}
