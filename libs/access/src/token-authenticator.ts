import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import {
  AUTHORIZATION_KEY,
  Authenticator,
  type Principal,
  identifiedPrincipal,
  SERVICE_TOKEN_KEY,
} from '@gatehouse/grpc';
import type { Identity } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';
import { ApiKeyFormat } from './api-key-format';
import { hashApiKey } from './api-key-hash';
import { type ApiKeys, KeyLookups } from './key-lookups';

export interface TokenAuthenticatorOptions {
  readonly pepper: Uint8Array;
  /** Service name, or `operator`, → SHA-256 of its token in hex. */
  readonly tokenHashes: ReadonlyMap<string, string>;
  /** Served over TLS: services are known by their certificates, and a token is refused. */
  readonly overTls?: boolean;
  /** How long a key with a right check value is looked for again: it may have been issued an instant ago. */
  readonly patienceMs?: number;
}

/** Service identities by their certificates, or by tokens on one machine; organizations by their API keys. */
export class TokenAuthenticator extends Authenticator {
  private readonly format: ApiKeyFormat;
  private readonly lookups: KeyLookups;

  constructor(
    keys: ApiKeys,
    private readonly options: TokenAuthenticatorOptions,
  ) {
    super();
    this.format = new ApiKeyFormat(options.pepper);
    this.lookups = new KeyLookups(keys, options.patienceMs ?? 1_000);
  }

  async authenticate(metadata: Metadata, identity?: Identity): Promise<Principal> {
    const [token] = metadata.get(SERVICE_TOKEN_KEY);
    if (token !== undefined && this.options.overTls)
      throw new AppError('UNAUTHENTICATED', 'SERVICE_TOKEN_OVER_TLS');
    if (typeof token === 'string') return this.serviceOf(token);
    const [authorization] = metadata.get(AUTHORIZATION_KEY);
    const key = typeof authorization === 'string' ? /^Bearer (\S+)$/i.exec(authorization)?.[1] : undefined;
    // With a key it is the key that counts: the operator's certificate may carry an administrator's call.
    if (authorization === undefined && identity) return identifiedPrincipal(identity);
    if (key === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    return this.keyOf(key);
  }

  private serviceOf(token: string): Principal {
    const presented = createHash('sha256').update(token).digest();
    for (const [name, hash] of this.options.tokenHashes) {
      if (!timingSafeEqual(presented, Buffer.from(hash, 'hex'))) continue;
      return identifiedPrincipal(name as Identity);
    }
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  }

  private async keyOf(key: string): Promise<Principal> {
    const form = this.format.formOf(key);
    const principal =
      form === 'foreign'
        ? undefined
        : await this.lookups.find(hashApiKey(this.options.pepper, key).toString('hex'), form);
    if (principal) return principal;
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  }
}
