import type { Clock } from '@gatehouse/kernel';
import { type StatusObject, status } from '@grpc/grpc-js';
import { Allowance } from './allowance';
import type { Principal } from './principal';

/** A call, or a connection, that was turned away. */
export interface Denial {
  /** The RPC's path; a connection has none. */
  readonly rpc?: string;
  /** `host:port` of the peer. */
  readonly address: string;
  /** Who called, as far as it is known; never what was presented. */
  readonly caller: string;
  readonly reason: string;
}

/** What denials need of a logger. */
export interface DenialLog {
  warn(fields: object, message: string): void;
}

/** Lines of the log. */
const LINES = { atOnce: 20, perSecond: 5 };

/** One log line for each denial, bounded in rate: a flood of them must not become a flood of lines. */
export class Denials {
  private readonly lines: Allowance;
  private leftOut = 0;

  constructor(
    private readonly log: DenialLog,
    clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.lines = new Allowance(LINES, clock);
  }

  /** Writes a line, which says how many before it were left out; or leaves this one out. */
  note(denial: Denial): void {
    if (!this.lines.take()) {
      this.leftOut++;
      return;
    }
    const what = denial.rpc === undefined ? 'a connection was ended' : 'a call was denied';
    this.log.warn({ ...denial, ...(this.leftOut > 0 && { leftOut: this.leftOut }) }, what);
    this.leftOut = 0;
  }
}

const DENYING_CODES: ReadonlySet<status> = new Set([
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.RESOURCE_EXHAUSTED,
]);
/** Reasons of other codes that turn a call away for what it is, not for what it asks. */
const DENYING_REASONS: ReadonlySet<string> = new Set([
  'COMPRESSION_REFUSED',
  'REQUEST_TOO_MANY_ELEMENTS',
  'TOO_MANY_CALLS',
]);

/** The reason of a status that turns a call away; undefined for any other. */
export const denialReason = ({
  code,
  details,
}: Pick<StatusObject, 'code' | 'details'>): string | undefined => {
  const reason = /^[A-Z]+: ([A-Z_]+)/.exec(details)?.[1];
  if (DENYING_CODES.has(code)) return reason ?? status[code];
  return reason !== undefined && DENYING_REASONS.has(reason) ? reason : undefined;
};

/** For people: what is known of a caller, and no secret. */
export const callerText = (principal: Principal | undefined): string => {
  switch (principal?.kind) {
    case undefined:
      return 'unknown';
    case 'service':
      return `service ${principal.name}`;
    case 'operator':
      return 'operator';
    case 'invite':
      return `invite ${principal.inviteId}`;
    case 'signInLink':
      return `a sign-in link of key ${principal.keyId}`;
    case 'idToken':
      return 'an ID token';
    case 'organizationKey':
    case 'workspaceKey':
      return `key ${principal.keyId}`;
  }
};
