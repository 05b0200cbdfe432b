import type { Key } from '../domain/configuration';
import type { Surface } from '../domain/surfaces/surface';
import type { UsageRecord } from '../domain/usage-record';
import type { RequestEnd } from './traffic';

/** What was asked for. */
export interface TracedCall {
  readonly surface: Pick<Surface, 'name'>;
  /** The path that was posted to, with a name in braces where a client's word is. */
  readonly route: string;
}

export type TracedKey = Pick<Key, 'id' | 'workspaceId' | 'organizationId'>;

/** A request that was sampled, as it goes its way. None of these throws. */
export interface RequestTrace {
  /** Its body is there. @param at monotonic milliseconds. */
  received(at: number): void;
  /** The `traceparent` by which a provider's own spans become those of an attempt. */
  traceparentOf(attempt: number): string;
  /** An attempt is admitted and in the journal, and goes to its provider. */
  sent(attempt: number): void;
  /** Its answer has ended, whole or not. */
  answered(attempt: number): void;
  /** It is settled, which may be after its request is over. */
  settled(record: UsageRecord): void;
  /** The answer has ended, or its client is gone. @param status that the client was told, or 0. */
  over(end: RequestEnd, status: number): void;
}

/** Says of which requests spans are made, and has them told. */
export abstract class Traces {
  /** Undefined where it is not sampled. @param traceparent of its client; undefined where it sent none. */
  abstract begin(
    traceparent: string | undefined,
    requestId: string,
    called: TracedCall,
    key: TracedKey,
  ): RequestTrace | undefined;
  /** Tells what is not told yet, as far as that does not take long. */
  abstract close(): Promise<void>;
}
