import { type ChildProcess, spawn } from 'node:child_process';
import { sep } from 'node:path';
import { type Tokenizer, TOKENIZERS } from '@gatehouse/offering';
import { TokenCounter } from '../../app/gateway.ports';
import { permissionFlags } from '../posix/permission-flags';
import { AwaitedCounts } from './awaited-counts';

/** Milliseconds in which a text has to be counted, its turn and the tables included. */
const DEADLINE_MS = 10_000;
/** Milliseconds without a text after which the tables are let go, which take 80 MB. */
const IDLE_MS = 30_000;
const HEAP_MAX_MB = 256;
const LIBRARY = 'gpt-tokenizer';

/**
 * What the process does, as text: it is part of no bundle, and loads nothing but a library. A text is counted in slices, cut at
 * spaces where there are any, since a word of n letters takes the library n² steps; each cut within a word may add a token.
 */
const COUNTING = `
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
process.on('message', ({ id, encoding, json }) => {
  const { countTokens } = require(encoding);
  process.send({ id, tokens: count(countTokens, unescaped(json)) });
});
`;

interface Counted {
  readonly id: number;
  readonly tokens: number;
}

/**
 * Counts in a process of its own, which is there while there is something to count. It has no environment, reads nothing but the library,
 * writes nothing, and starts nothing.
 */
export class ProcessTokenCounter extends TokenCounter {
  private counting: ChildProcess | undefined;
  private idle: NodeJS.Timeout | undefined;
  // One that hangs is ended with all that waits for it.
  private readonly counts = new AwaitedCounts(DEADLINE_MS, () => this.end());

  count(tokenizer: Tokenizer, json: Buffer): Promise<number | undefined> {
    // What asks may be another process.
    if (!TOKENIZERS.includes(tokenizer)) return Promise.resolve(undefined);
    clearTimeout(this.idle);
    return this.counts.begin(json, (id, text) => {
      const encoding = require.resolve(`${LIBRARY}/encoding/${tokenizer}`);
      this.running(encoding).send({ id, encoding, json: text });
    });
  }

  private running(encoding: string): ChildProcess {
    if (this.counting) return this.counting;
    const library = encoding.slice(0, encoding.lastIndexOf(`${sep}${LIBRARY}${sep}`) + LIBRARY.length + 1);
    const flags = [`--max-old-space-size=${HEAP_MAX_MB}`, ...permissionFlags({ reads: [library] })];
    const counting = spawn(process.execPath, [...flags, '--eval', COUNTING], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    counting.on('message', ({ id, tokens }: Counted) => this.told(id, tokens));
    const gone = (): void => void (counting === this.counting && this.end());
    counting.on('exit', gone).on('error', gone);
    // No process goes on for its sake.
    counting.unref();
    counting.channel?.unref();
    this.counting = counting;
    return counting;
  }

  private told(id: number, tokens: number): void {
    this.counts.told(id, tokens);
    if (this.counts.size === 0) this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  /** What waits is not counted. */
  private end(): void {
    const { counting } = this;
    this.counting = undefined;
    this.counts.endAll();
    counting?.kill('SIGKILL');
  }
}
