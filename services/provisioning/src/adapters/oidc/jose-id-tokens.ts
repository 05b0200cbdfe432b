import { createHash } from 'node:crypto';
import { IdTokens } from '@gatehouse/access';
import type { IdTokenPrincipal } from '@gatehouse/grpc';
import { AppError, type Clock, type OrganizationId, type OrganizationRole } from '@gatehouse/kernel';
import { createRemoteJWKSet, customFetch, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

export interface IdTokenSettings {
  /** As the provider writes itself, to the letter. */
  readonly issuer: string;
  /** The client that people sign in by. */
  readonly audience: string;
  /** The claim that has a person's groups. */
  readonly groupsClaim: string;
  readonly roles: ReadonlyMap<string, OrganizationRole>;
  /** Whose members they are. */
  readonly organizationId: OrganizationId;
}

/** Signed by a key that only the provider has: neither by none, nor by a secret that clients have too. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** How old a token may be: one is made to sign in with at once. */
const AGE_SECONDS_MAX = 600;
const SKEW_SECONDS = 30;
/** The greatest first. */
const ROLES = ['owner', 'admin', 'auditor'] as const;

/** Verifies ID tokens (OpenID Connect Core 1.0, 3.1.3.7) by the keys that the provider publishes. */
export class JoseIdTokens extends IdTokens {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(
    private readonly settings: IdTokenSettings,
    private readonly fetch: typeof globalThis.fetch,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    super();
  }

  async verify(token: string): Promise<IdTokenPrincipal> {
    const { issuer, audience, organizationId } = this.settings;
    const keys = await this.published();
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer, audience, algorithms: ALGORITHMS, currentDate: this.clock.now() },
      ...{ maxTokenAge: AGE_SECONDS_MAX, clockTolerance: SKEW_SECONDS },
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
    }).catch((error: unknown) => {
      throw refusalOf(error);
    });
    const { email, nonce, azp } = payload;
    if (payload['email_verified'] !== true || typeof email !== 'string' || typeof nonce !== 'string')
      throw unknown();
    // Of several audiences, or of one that it was not given to, it says who is meant.
    if (azp === undefined ? Array.isArray(payload.aud) && payload.aud.length > 1 : azp !== audience)
      throw unknown();
    // What the signature is of: it may be spelled in more than one way itself.
    const signed = token.slice(0, token.lastIndexOf('.'));
    const tokenHash = createHash('sha256').update(signed).digest('hex');
    return { kind: 'idToken', organizationId, tokenHash, email, nonce, role: this.roleOf(payload) };
  }

  /** The greatest of those that the groups have. */
  private roleOf(payload: JWTPayload): OrganizationRole | undefined {
    const groups = [payload[this.settings.groupsClaim] ?? []].flat();
    const held = groups.map((group) =>
      typeof group === 'string' ? this.settings.roles.get(group) : undefined,
    );
    return ROLES.find((role) => held.includes(role));
  }

  /** Asked for once at a time, and again after it failed. */
  private published(): Promise<JWTVerifyGetKey> {
    return (this.keys ??= this.discover().catch((error: unknown) => {
      this.keys = undefined;
      throw unreachable(error);
    }));
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const { issuer } = this.settings;
    const answer = await this.fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (answer.status !== 200) throw new Error(`the identity provider answers ${answer.status}`);
    const told = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    if (told.issuer !== issuer || typeof told.jwks_uri !== 'string')
      throw new Error('the identity provider is another than is configured');
    return createRemoteJWKSet(new URL(told.jwks_uri), { [customFetch]: this.fetch });
  }
}

const unknown = (): AppError => new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
const unreachable = (cause: unknown): AppError =>
  new AppError('UNAVAILABLE', 'IDENTITY_PROVIDER_UNREACHABLE', { cause });

/** Of the token itself, or of having the keys. */
const OF_TOKEN = /^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING|JWKS_MULTIPLE)/;
const refusalOf = (error: unknown): AppError =>
  OF_TOKEN.test(String((error as { code?: unknown }).code)) ? unknown() : unreachable(error);
