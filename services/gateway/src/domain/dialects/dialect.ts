import type { Deployment, ServedDialect } from '@gatehouse/offering';
import type { GeneratedText } from '../generated-text';
import type { Quirks } from '../quirks';
import type { Usage } from '../usage';
import type { Json } from '../json-values';

/** What providers speak, as far as gateways speak it: the catalog and provisioning go by the same list. */
export type DialectName = ServedDialect;

/** What is called at a provider. */
export interface Callee {
  /** The name by which the provider knows it. */
  readonly name: string;
  /** By which it is called, where models are called so. */
  readonly deployment?: Deployment;
  readonly quirks: Quirks;
}

/** Hears the events of one stream, and keeps what they tell. */
export interface StreamEar {
  /** What the provider said last that it counted. */
  readonly usage: Usage | undefined;
  /** The answer went on after that was said, or is more than nothing where that says nothing: it comes to no less. */
  readonly usageIsPart: boolean;
  /** Bytes of all text that was generated: no fewer than its tokens. */
  readonly textBytes: number;
  /** The provider said that every answer has come to its end; what it counted may still follow. */
  readonly finished: boolean;
  /** The provider said that the stream is over. */
  readonly ended: boolean;
  /** The provider said that it failed. */
  readonly failed: boolean;
  /** It said so in a form that clients of its own language take for a failure. */
  readonly failureTold: boolean;
  /** Hears one whole event. Answers whether it tells usage and nothing else. */
  hear(event: Buffer): boolean;
}

/** The language of a provider: what is the same of it whichever operation is asked for. */
export interface Dialect {
  readonly name: DialectName;
  /** The name of an output limit, where it is the language that says it; absent: providers and their servers differ. */
  readonly outputLimit?: string;
  /** Headers of a client that mean something to it, in lower case. */
  readonly clientHeaders: readonly string[];
  /** The context window that a client's headers ask for, in tokens, where they ask for more than models have by themselves. */
  windowAsked?(headers: Readonly<Record<string, string>>): number | undefined;
  /** Headers of its answers that mean the same to the client, in lower case. */
  readonly answerHeaders: readonly string[];
  /** Where an operation is, below the base URL. */
  pathOf(operation: string, callee: Callee): string;
  /** What it goes by where the client does not say. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of an answer with this content type: whether it comes in events. */
  isStream(contentType: string): boolean;
  /** Of a status of 400 and above: whether it leaves open that something was generated. */
  leavesDoubt(status: number): boolean;
  /** Of a status of 400 and above: whether it speaks of our credential, which is no business of the client's. */
  refusesCredential(status: number, body: Buffer | undefined): boolean;
  /** The status that an error, which came with a status of success, names for itself; undefined where it names none. */
  statusOfError(body: Buffer): number | undefined;
  /**
   * What a body says that came whole though it is a stream: the answer, or the error that it tells. Undefined where it is no
   * stream of this language, or breaks off.
   */
  assembled(body: Buffer): Json | undefined;
  /** The usage that a whole answer tells; undefined where it tells none. */
  usageIn(answer: unknown, quirks: Quirks): Usage | undefined;
  /** Whether what came with a status of success says that it failed. */
  isError(answer: unknown): boolean;
  /** Whether a whole answer has something in it that its model wrote. */
  isWritten(answer: unknown): boolean;
  /**
   * @param choices answers that were asked for.
   * @param written where to keep what the model writes; languages whose models have no encoding that is published need not.
   */
  ear(quirks: Quirks, choices: number, written?: GeneratedText): StreamEar;
}
