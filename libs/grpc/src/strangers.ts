import type { Clock } from '@gatehouse/kernel';
import { Allowance } from './allowance';

/** A connection that has authenticated nobody yet. */
export interface Stranger {
  /** The address it comes from, without the port. */
  readonly host: string;
  /** Begins to read it: nothing of it was looked at before. */
  letIn(): void;
  /** Ends it. */
  close(reason: StrangerFault): void;
}

/** Why a stranger's connection is ended. */
export type StrangerFault =
  /** It presented what nobody issued, again and again. */
  | 'CONNECTION_REFUSED_TOO_OFTEN'
  /** It authenticated nobody in time. */
  | 'CONNECTION_WITHOUT_CREDENTIALS'
  /** More came after it than there is room for. */
  | 'TOO_MANY_CONNECTIONS';

/** Connections that have authenticated nobody yet, those that wait included. */
export const STRANGERS_MAX = 1_024;
/** Connections of one address that wait to be let in. */
export const WAITING_MAX = 128;
/** A connection is closed with so many calls refused. */
export const REFUSALS_MAX = 16;
/**
 * What strangers of one address may cost: a connection counts as one, and so does a call until it is authenticated. Each
 * takes about a millisecond of the one thread that serves everybody.
 */
export const COSTS_PER_HOST = { atOnce: 32, perSecond: 100 };
/** From its arrival, the time it waits to be let in included. */
export const PATIENCE_MS = 20_000;
/** How often those that wait are looked at. */
const LOOK_AGAIN_MS = 1_000 / COSTS_PER_HOST.perSecond;
/** Addresses that are remembered; strangers come from fewer at a time. */
const HOSTS_MAX = 2 * STRANGERS_MAX;

interface Known {
  readonly host: Host;
  readonly patience: NodeJS.Timeout;
  /** Itself, and its calls that were not authenticated, or not yet. */
  costs: number;
  refusals: number;
}

interface Host {
  readonly allowance: Allowance;
  /** Those that came first stand first. */
  readonly waiting: Set<Stranger>;
  strangers: number;
  nextLook?: NodeJS.Timeout;
}

/**
 * Keeps connections that have authenticated nobody from taking what belongs to those that have: they are bounded in
 * number, in time, and in what they may cost per address. Where an address has used up its allowance, whoever comes from
 * it next waits unread until there is some again, and a stranger of it that is refused once more is closed.
 *
 * A connection on which one call was authenticated is out of all this for good, whatever else comes on it: it may be a
 * proxy's, which carries many callers, and those must not suffer for one among them. A proxy's new connection that begins
 * with nothing but garbage has carried no call of anybody else to its end; its next one is let in as soon as the address
 * may cost something again. An address that many share keeps the connections it has, since closing looks at the refusals
 * of the connection itself; only its new ones wait beside those of a flood.
 */
export class Strangers {
  /** Those that came first stand first. */
  private readonly known = new Map<Stranger, Known>();
  private readonly hosts = new Map<string, Host>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** A new connection, which is let in now or later, or closed. */
  arrived(stranger: Stranger): void {
    const host = this.hostOf(stranger.host);
    const patience = setTimeout(() => this.close(stranger, 'CONNECTION_WITHOUT_CREDENTIALS'), PATIENCE_MS);
    this.known.set(stranger, { host, patience: patience.unref(), costs: 1, refusals: 0 });
    host.strangers++;
    if (this.known.size > STRANGERS_MAX) this.closeFirst(this.known.keys());
    host.waiting.add(stranger);
    if (!host.nextLook) this.letInThoseWaiting(host);
    if (host.waiting.size > WAITING_MAX) this.closeFirst(host.waiting);
  }

  /** A call on it was authenticated: it is no stranger's. */
  authenticated(stranger: Stranger): void {
    const known = this.forget(stranger);
    known?.host.allowance.give(known.costs);
  }

  /** It asked for what is anybody's, as a prober of health does: it may stay, and is a stranger's still. */
  visited(stranger: Stranger): void {
    clearTimeout(this.known.get(stranger)?.patience);
  }

  /** A call on it presents credentials. */
  asked(stranger: Stranger): void {
    const known = this.known.get(stranger);
    if (!known) return;
    known.costs++;
    known.host.allowance.owe();
  }

  /** A call on it was refused for its credentials. */
  refused(stranger: Stranger): void {
    const known = this.known.get(stranger);
    if (!known) return;
    known.refusals++;
    if (known.refusals < REFUSALS_MAX && known.host.allowance.some) return;
    this.close(stranger, 'CONNECTION_REFUSED_TOO_OFTEN');
  }

  /** It has ended by itself. */
  left(stranger: Stranger): void {
    this.forget(stranger);
  }

  private letInThoseWaiting(host: Host): void {
    host.nextLook = undefined;
    for (const stranger of host.waiting) {
      if (!host.allowance.take()) {
        host.nextLook = setTimeout(() => this.letInThoseWaiting(host), LOOK_AGAIN_MS).unref();
        return;
      }
      host.waiting.delete(stranger);
      stranger.letIn();
    }
  }

  /** A caller with credentials has shown them long before others of his time are the first. */
  private closeFirst(crowd: Iterable<Stranger>): void {
    for (const first of crowd) return this.close(first, 'TOO_MANY_CONNECTIONS');
  }

  private close(stranger: Stranger, reason: StrangerFault): void {
    this.forget(stranger);
    stranger.close(reason);
  }

  private forget(stranger: Stranger): Known | undefined {
    const known = this.known.get(stranger);
    if (!known) return undefined;
    clearTimeout(known.patience);
    this.known.delete(stranger);
    known.host.strangers--;
    known.host.waiting.delete(stranger);
    return known;
  }

  private hostOf(name: string): Host {
    const before = this.hosts.get(name);
    if (before) return before;
    if (this.hosts.size >= HOSTS_MAX) this.forgetHosts();
    const allowance = new Allowance(COSTS_PER_HOST, this.clock);
    const host: Host = { allowance, waiting: new Set<Stranger>(), strangers: 0 };
    this.hosts.set(name, host);
    return host;
  }

  /** Of those that no stranger is from now. */
  private forgetHosts(): void {
    for (const [name, { strangers }] of this.hosts) if (strangers === 0) this.hosts.delete(name);
  }
}
