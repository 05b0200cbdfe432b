import type { HostRefused } from '@gatehouse/hosts';
import type { AppError } from '@gatehouse/kernel';
import type { Hold, HoldOutcome, HoldRequest, LeaseCharge } from '@gatehouse/leases';
import type { Tokenizer } from '@gatehouse/offering';
import type { Configuration, Integration } from '../domain/configuration';
import type { OutgoingBody } from '../domain/outgoing-body';
import type { UsageOutcome, UsageRecord } from '../domain/usage-record';

/** Metering's ledger, seen from one gateway journal. */
export abstract class Ledger {
  /** False until the ledger has opened the journal once: nothing is admitted before. */
  abstract get begun(): boolean;
  /** The journal whose leases are used. */
  abstract get journalId(): string;
  /**
   * Room for a request: at once where the journal's leases have it, or later, or never. Whoever cannot use it gives it back.
   *
   * @param waitMs how long the request may stand in line for holds in flight.
   */
  abstract acquire(request: HoldRequest, waitMs: number): Hold | Waiting;
  /** What an attempt cost the leases that it was admitted under, once the journal has it. */
  abstract settle(hold: Hold, charges: readonly LeaseCharge[]): void;
  /** Nothing was sent under it. */
  abstract giveBack(hold: Hold): void;
}

/** The other processes that serve as the same gateway. */
export abstract class Companions {
  /** All that listen can admit requests; true where there are none. */
  abstract get ready(): boolean;
}

/** A request in line. */
export interface Waiting {
  readonly outcome: Promise<HoldOutcome>;
  /** Leaves the line; what comes all the same is still to be given back. */
  readonly withdraw: () => void;
}

/** One attempt to call a provider, as the journal and the bus know it. */
export interface Attempt {
  readonly record: UsageRecord;
  /** What it costs each lease of its record, in their order; none where no limit applied. */
  readonly charges: readonly LeaseCharge[];
}

/** An attempt that is about to be made. */
export interface Opening {
  /** Asked right before it is written, and once: undefined where it is not to be made any more. Nothing is opened where it writes to the journal itself. */
  attempt(): Attempt | undefined;
  /** A crash of the process loses it no more: its provider may be called. */
  written(): void;
  /** It is not in the journal. AppError UNAVAILABLE `JOURNAL_UNAVAILABLE`. */
  failed(error: AppError): void;
}

/** An attempt that has ended. */
export interface Settling {
  readonly attempt: Attempt;
  /** A crash of the process loses it no more: room that it leaves is room again. */
  written(): void;
  /** It is written, or cannot be just now: nobody waits for it any longer. */
  passed(): void;
}

/**
 * What survives the death of the process. Whatever comes in one turn of the event loop is written at once at its end, in the
 * order in which it came.
 */
export abstract class Journal {
  /** The attempt stands as it is given until it is settled. */
  abstract open(opening: Opening): void;
  /** Its record is told once it is on disk, however long that takes. */
  abstract settle(settling: Settling): void;
}

/** By which a provider knows whose a request is. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  /** What must not be seen of it, in any of its forms. */
  readonly secrets: readonly string[];
}

/** A request as it will leave. */
export interface ProvenRequest {
  /** Query included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: OutgoingBody;
}

/** Opens credentials, per request. */
export abstract class Credentials {
  /**
   * At once where nothing has to be asked for.
   *
   * Errors: AppError UNAVAILABLE; REFUSED `CREDENTIAL_MISDIRECTED` when the credential is sealed for other hosts; REFUSED,
   * INVALID, FORBIDDEN when it cannot be used, or who makes tokens of it does not take it.
   */
  abstract prove(integration: Integration, request: ProvenRequest): Proof | Promise<Proof>;
}

/** Counts tokens as a vendor's encoding makes them, elsewhere than where requests are served. */
export abstract class TokenCounter {
  /**
   * Of a text in which characters are escaped as in JSON, which is read before this returns. Undefined where that is too long, or
   * cannot be told in time; never an error.
   */
  abstract count(tokenizer: Tokenizer, json: Buffer): Promise<number | undefined>;
}

/** Where the gateway's knowledge comes from. */
export abstract class ConfigurationSource {
  /** Undefined until a configuration was loaded for the first time. */
  abstract current(): Configuration | undefined;
}

export interface UpstreamRequest {
  /** Path included, without a trailing slash. */
  readonly baseUrl: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Nothing of it is read any more once its answer has ended or failed. */
  readonly body: OutgoingBody;
  /** It must not go over a connection that others went over before. */
  readonly ownConnection?: boolean;
}

/** `reset`: a connection that had served others ended before this one was answered, so that it may have been over before. */
export type UpstreamFailure = 'unreachable' | 'timeout' | 'broken' | 'reset' | HostRefused;

/** Hears an upstream call in this order: sent, head, data…, then either end or failed. */
export interface UpstreamListener {
  /** Bytes of the request may have left from now on. */
  onSent(): void;
  onHead(status: number, headers: Readonly<Record<string, string | undefined>>): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailed(failure: UpstreamFailure): void;
}

export interface UpstreamCall {
  pause(): void;
  resume(): void;
  /** Destroys the connection, so that the provider stops. */
  cancel(): void;
}

export abstract class Upstream {
  abstract send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall;
}

/** The client's end of an exchange. */
export abstract class ClientAnswer {
  /** Called once when the client is gone before the answer has ended. */
  onLeft: (() => void) | undefined;
  /** Called when the client can take more, after a `write` that answered false. */
  onDrain: (() => void) | undefined;
  /** How the latest attempt ended that was made for it; undefined before one has. */
  outcome: Exclude<UsageOutcome, 'unknown'> | undefined;
  abstract get left(): boolean;
  abstract get started(): boolean;
  abstract start(status: number, headers: Readonly<Record<string, string>>): void;
  /** Answers false when the client does not keep up. */
  abstract write(chunk: Buffer): boolean;
  abstract end(chunk?: Buffer): void;
}
