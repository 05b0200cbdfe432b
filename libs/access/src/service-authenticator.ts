import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import { Authenticator, identifiedPrincipal, type Principal, SERVICE_TOKEN_KEY } from '@gatehouse/grpc';
import type { Identity } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';

export interface ServiceAuthenticatorOptions {
  /** Service name, or `operator`, → SHA-256 in hex of each token that is taken for it. */
  readonly tokenHashes: ReadonlyMap<string, readonly string[]>;
  /** Served over TLS: services are known by their certificates, and a token is refused. */
  readonly overTls?: boolean;
}

/** Service identities and the operator by their certificates, or by tokens on one machine; nobody else. */
export class ServiceAuthenticator extends Authenticator {
  constructor(private readonly options: ServiceAuthenticatorOptions) {
    super();
  }

  async authenticate(metadata: Metadata, identity?: Identity): Promise<Principal> {
    const [token] = metadata.get(SERVICE_TOKEN_KEY);
    if (token !== undefined && this.options.overTls)
      throw new AppError('UNAUTHENTICATED', 'SERVICE_TOKEN_OVER_TLS');
    if (typeof token === 'string') return this.holderOf(token);
    if (identity) return identifiedPrincipal(identity);
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
  }

  private holderOf(token: string): Principal {
    const presented = createHash('sha256').update(token).digest();
    for (const [name, hashes] of this.options.tokenHashes) {
      if (!hashes.some((hash) => timingSafeEqual(presented, Buffer.from(hash, 'hex')))) continue;
      return identifiedPrincipal(name as Identity);
    }
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  }
}
