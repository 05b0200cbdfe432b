import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** What an adapter of an SDK is asked to do, in no SDK's words (`test/sdks/README.md`). */
export interface SdkCall {
  readonly kind: 'chat' | 'models' | 'embeddings' | 'count';
  readonly key: string;
  readonly model: string;
  readonly prompt?: string;
  readonly maxTokens?: number;
  readonly stream?: boolean;
  /** Ends a stream after its first piece. */
  readonly leave?: boolean;
  readonly tools?: readonly string[];
  /** `auto`, `none`, `required`, or the name of one of the tools. */
  readonly choice?: string;
  readonly parallel?: boolean;
  /** Answers the calls of tools, and hears what comes then. */
  readonly results?: boolean;
  readonly structured?: boolean;
  /** A PNG, in base64. */
  readonly image?: string;
  /** Beside those of the SDK's own, in its language. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly input?: readonly string[];
}

/** What the SDK gave: members are absent where it has none. */
export interface Heard {
  readonly text?: string;
  readonly pieces?: number;
  readonly left?: boolean;
  readonly calls?: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly finish?: string;
  readonly usage?: { readonly input?: number; readonly output?: number };
  readonly models?: readonly string[];
  readonly vectors?: readonly number[];
  readonly requestId?: string;
  readonly error?: {
    readonly class: string;
    readonly status?: number;
    readonly code?: string;
    readonly param?: string | null;
    readonly message: string;
    readonly requestId?: string;
  };
}

/** An adapter in a process of its own: a line asks, a line answers. */
export class SdkProcess<Call extends object = SdkCall, Answer = Heard> {
  private readonly lines: Interface;

  private constructor(private readonly child: ChildProcess) {
    if (!child.stdout) throw new Error('it has no output');
    this.lines = createInterface({ input: child.stdout });
  }

  /** @param directory of the adapters. */
  static start<Call extends object = SdkCall, Answer = Heard>(
    [command, ...args]: readonly [string, ...string[]],
    directory: string,
  ): SdkProcess<Call, Answer> {
    return new SdkProcess(spawn(command, args, { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  async ask(call: Call): Promise<Answer> {
    const gone = new AbortController();
    try {
      const answered = once(this.lines, 'line', { signal: gone.signal });
      const ended = once(this.child, 'exit', { signal: gone.signal }).then(() => {
        throw new Error('the adapter has ended');
      });
      this.child.stdin?.write(`${JSON.stringify(call)}\n`);
      const [line] = (await Promise.race([answered, ended])) as [string];
      return JSON.parse(line) as Answer;
    } finally {
      gone.abort();
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill();
    await exited;
  }
}
