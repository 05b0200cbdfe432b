import type { Clock } from '@gatehouse/kernel';
import { type StatusObject, status } from '@grpc/grpc-js';
import type { Principal } from './principal';

/** A call that was turned away. */
export interface Denial {
  /** The RPC's path. */
  readonly rpc: string;
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

/** Lines that may come at once, and each second after that. */
const LINES_AT_ONCE = 20;
const LINES_PER_SECOND = 5;

/** One log line for each denial, bounded in rate: a flood of them must not become a flood of lines. */
export class Denials {
  private lines = LINES_AT_ONCE;
  private refilledAt: number;
  private leftOut = 0;

  constructor(
    private readonly log: DenialLog,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.refilledAt = clock.monotonicMs();
  }

  /** Writes a line, which says how many before it were left out; or leaves this one out. */
  note(denial: Denial): void {
    const now = this.clock.monotonicMs();
    const earned = ((now - this.refilledAt) / 1_000) * LINES_PER_SECOND;
    this.lines = Math.min(LINES_AT_ONCE, this.lines + earned);
    this.refilledAt = now;
    if (this.lines < 1) {
      this.leftOut++;
      return;
    }
    this.lines--;
    this.log.warn({ ...denial, ...(this.leftOut > 0 && { leftOut: this.leftOut }) }, 'a call was denied');
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
    case 'adminKey':
    case 'workspaceKey':
      return `key ${principal.keyId}`;
  }
};
