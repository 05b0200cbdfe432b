import { Worker } from 'node:worker_threads';
import type { Tokenizer } from '@gatehouse/offering';
import { TokenCounter } from '../../app/gateway.ports';

/** Longer texts are not counted. */
const BYTES_MAX = 256 * 1024;
/** Texts that may wait for their turn. */
const WAITING_MAX = 64;
/** Milliseconds in which a text has to be counted, its turn and the tables included. */
const DEADLINE_MS = 10_000;
/** Milliseconds without a text after which the tables are let go, which take 80 MB. */
const IDLE_MS = 30_000;
const HEAP_MAX_MB = 256;

/**
 * What the thread does, as text: it is part of no bundle, and loads nothing but a library. A text is counted in slices, cut at
 * spaces where there are any, since a word of n letters takes the library n² steps; each cut within a word may add a token.
 */
const COUNTING = `
const { parentPort } = require('node:worker_threads');
const SLICE = 1024;
const asText = { disallowedSpecial: new Set() };
const PLAIN = { b: '\\b', f: '\\f', n: '\\n', r: '\\r', t: '\\t' };
const unescaped = (json) =>
  json.replace(/\\\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code, letter) =>
    code ? String.fromCharCode(parseInt(code, 16)) : (PLAIN[letter] ?? letter));
const count = (countTokens, text) => {
  let tokens = 0;
  for (let start = 0; start < text.length; ) {
    const space = text.length - start > SLICE ? text.lastIndexOf(' ', start + SLICE) : -1;
    const end = space > start ? space : start + SLICE;
    tokens += countTokens(text.slice(start, end), asText);
    start = end;
  }
  return tokens;
};
parentPort.on('message', ({ id, encoding, bytes }) => {
  const { countTokens } = require(encoding);
  parentPort.postMessage({ id, tokens: count(countTokens, unescaped(Buffer.from(bytes).toString())) });
});
`;

interface Counted {
  readonly id: number;
  readonly tokens: number;
}

/** Counts in a thread of its own, which is there while there is something to count. */
export class WorkerTokenCounter extends TokenCounter {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private lastId = 0;
  private readonly waiting = new Map<number, (tokens: number | undefined) => void>();

  count(tokenizer: Tokenizer, json: Buffer): Promise<number | undefined> {
    if (json.length === 0) return Promise.resolve(0);
    if (json.length > BYTES_MAX || this.waiting.size >= WAITING_MAX) return Promise.resolve(undefined);
    clearTimeout(this.idle);
    const id = ++this.lastId;
    return new Promise((resolve) => {
      // One that hangs is ended with all that waits for it.
      const deadline = setTimeout(() => this.end(), DEADLINE_MS).unref();
      this.waiting.set(id, (tokens) => {
        clearTimeout(deadline);
        resolve(tokens);
      });
      try {
        const encoding = require.resolve(`gpt-tokenizer/encoding/${tokenizer}`);
        this.running().postMessage({ id, encoding, bytes: Uint8Array.from(json) });
      } catch {
        // No tables, or no thread to be had: a call does not fail for that.
        this.told(id, undefined);
      }
    });
  }

  private running(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(COUNTING, {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB },
    });
    worker.on('message', ({ id, tokens }: Counted) => this.told(id, tokens));
    worker.on('error', () => worker === this.worker && this.end());
    // No process goes on for its sake.
    worker.unref();
    this.worker = worker;
    return worker;
  }

  private told(id: number, tokens: number | undefined): void {
    this.waiting.get(id)?.(tokens);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  /** What waits is not counted. */
  private end(): void {
    const { worker } = this;
    this.worker = undefined;
    for (const resolve of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
    void worker?.terminate();
  }
}
