import { AppError, type Clock } from '@gatehouse/kernel';
import type { ProcessSeal } from '@gatehouse/sealing';

/** What an issuer gave. */
export interface FreshToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** A token is asked anew so long before it ends: for clocks that differ, and for a request that is still to be sent. */
export const EXPIRY_SKEW_MS = 120_000;

/** The longest that is believed of an expiry; managed identities get tokens for a day. */
const LIFETIME_MS_MAX = 26 * 3_600_000;

const KEPT_MAX = 10_000;

interface Kept {
  readonly sealed: Uint8Array;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
}

/**
 * Tokens by name until shortly before they expire, sealed under a key of the process. Whoever asks while one is being
 * fetched waits for that one; a fetch that failed is not remembered. Names must tell credentials apart and be no secret.
 */
export class TokenCache {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<string>>();

  constructor(
    private readonly clock: Clock,
    private readonly seal: ProcessSeal,
  ) {}

  get(name: string, fetch: () => Promise<FreshToken>): Promise<string> {
    const kept = this.kept.get(name);
    if (kept && kept.expiresAt - EXPIRY_SKEW_MS > this.nowMs()) {
      return Promise.resolve(this.seal.open(kept.sealed, name));
    }
    const underWay = this.underWay.get(name);
    if (underWay) return underWay;
    const flight = this.refresh(name, fetch).finally(() => this.underWay.delete(name));
    this.underWay.set(name, flight);
    return flight;
  }

  /** Drops what is kept under the name if it is what was refused: who comes late does not drop its successor. */
  forget(name: string, isRefused: (token: string) => boolean): void {
    const kept = this.kept.get(name);
    if (kept && isRefused(this.seal.open(kept.sealed, name))) this.kept.delete(name);
  }

  private async refresh(name: string, fetch: () => Promise<FreshToken>): Promise<string> {
    try {
      const { token, expiresAt } = await fetch();
      this.keep(name, token, expiresAt.getTime());
      return token;
    } catch (error) {
      if (!isUnavailable(error)) this.kept.delete(name);
      const old = this.kept.get(name);
      // An issuer that is down for a minute need not stop who still holds a token; one that refuses ends its use.
      if (old && old.expiresAt > this.nowMs()) return this.seal.open(old.sealed, name);
      throw error;
    }
  }

  private keep(name: string, token: string, expiresAt: number): void {
    const now = this.nowMs();
    for (const [other, { expiresAt: end }] of this.kept) if (end <= now) this.kept.delete(other);
    this.kept.delete(name);
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= KEPT_MAX) this.kept.delete(oldest);
    this.kept.set(name, {
      sealed: this.seal.seal(token, name),
      expiresAt: Math.min(expiresAt, now + LIFETIME_MS_MAX),
    });
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAVAILABLE';
