import type { HostRefused } from '@gatehouse/hosts';
import type { OrganizationId } from '@gatehouse/kernel';
import type { Amounts } from '../domain/bound';
import type { Configuration, Integration } from '../domain/configuration';
import type { LimitWitness } from '../domain/refusal';
import type { UsageRecord } from '../domain/usage-record';

/** A scope whose limits apply, under the revision that the configuration names. */
export interface LimitScope {
  readonly kind: LimitWitness['scope'];
  readonly id: string;
  readonly revision: bigint;
}

export interface LeaseAsk {
  /** Never used twice. */
  readonly askId: string;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly LimitScope[];
  readonly want: Amounts;
  readonly least: Amounts;
}

/** A slice of every limit that applies, for one attempt. */
export interface Lease {
  readonly id: string;
  readonly scopes: readonly LimitScope[];
  readonly cap: Amounts;
  /** Monotonic milliseconds; past it nothing may be admitted under the lease. */
  readonly admitUntil: number;
  readonly limits: readonly LimitWitness[];
  /** The doubt of a cut stream stays charged. */
  readonly strict: boolean;
}

/** What closes a lease under which one attempt was admitted. */
export interface LeaseFinal {
  readonly journalId: string;
  readonly leaseId: string;
  /** What the attempt cost, doubt included. */
  readonly sum: Amounts;
  /** Of the sum: charged in doubt. */
  readonly doubt: Amounts;
}

export type AskAnswer =
  | { readonly kind: 'granted'; readonly lease: Lease }
  | {
      readonly kind: 'denied';
      readonly reason: 'budget' | 'rate' | 'unpriced';
      readonly limit?: LimitWitness;
      readonly mayFitLater: boolean;
    }
  /** The provision has ended by metering's clock. */
  | { readonly kind: 'expired' }
  /** Metering has not heard of these limits yet; nothing was granted. */
  | { readonly kind: 'notSeen' }
  /** Metering does not answer. Whatever it granted all the same is closed unused. */
  | { readonly kind: 'unavailable' };

/** Metering's ledger, seen from one gateway journal. */
export abstract class Ledger {
  /** False until the ledger has opened the journal once: every ask is unavailable before. */
  abstract get begun(): boolean;
  /** Never throws. */
  abstract ask(ask: LeaseAsk): Promise<AskAnswer>;
  /** Gives back a lease under which nothing was admitted. */
  abstract closeUnused(lease: Lease): void;
  /** Resolves when the ledger has acknowledged it, however long that takes. */
  abstract close(final: LeaseFinal): Promise<void>;
  /** The journal whose leases these are. */
  abstract get journalId(): string;
  /** Told the scopes of every lease that was closed: there may be room now. */
  abstract onRoom(listener: (scopeIds: readonly string[]) => void): void;
}

/** One attempt to call a provider, as the journal and the bus know it. */
export interface Attempt {
  readonly record: UsageRecord;
  /** Absent when no limit applied. */
  readonly final?: LeaseFinal;
}

/** What survives the death of the process. */
export abstract class Journal {
  /**
   * Written when it returns, so that a crash of the process after it loses nothing: the attempt stands as it is given
   * here until it is settled. Errors: AppError UNAVAILABLE `JOURNAL_UNAVAILABLE`.
   */
  abstract open(attempt: Attempt): void;
  /** Written when it returns; resolves when it is on disk: nothing that lowers a charge may leave before. */
  abstract settle(attempt: Attempt): Promise<void>;
  /** Ledger and bus have acknowledged the attempt: the journal may forget it. */
  abstract done(attempt: Attempt): void;
}

/** Tells usage to the rest of the product. */
export abstract class UsageOutbox {
  /** Resolves when the bus has it, however long that takes. */
  abstract publish(record: UsageRecord): Promise<void>;
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
  readonly body: Buffer;
}

/** Opens credentials, per request. */
export abstract class Credentials {
  /**
   * Errors: AppError UNAVAILABLE; REFUSED `CREDENTIAL_MISDIRECTED` when the credential is sealed for other hosts; REFUSED,
   * INVALID, FORBIDDEN when it cannot be used, or who makes tokens of it does not take it.
   */
  abstract prove(integration: Integration, request: ProvenRequest): Promise<Proof>;
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
  readonly body: Buffer;
}

export type UpstreamFailure = 'unreachable' | 'timeout' | 'broken' | HostRefused;

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
  abstract get left(): boolean;
  abstract get started(): boolean;
  abstract start(status: number, headers: Readonly<Record<string, string>>): void;
  /** Answers false when the client does not keep up. */
  abstract write(chunk: Buffer): boolean;
  abstract end(chunk?: Buffer): void;
}
