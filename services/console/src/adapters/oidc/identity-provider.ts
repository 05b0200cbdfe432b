import { createHash, createHmac } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  customFetch,
  discovery,
} from 'openid-client';

export interface IdentityProviderSettings {
  /** For people. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What proves that whoever comes back is who went: it is in the browser that went alone, and each part is made of it. */
const partsOf = (flow: string) => {
  const part = (name: string): string =>
    createHmac('sha256', flow).update(`gatehouse ${name}`).digest('base64url');
  const nonceSecret = part('nonce');
  const nonce = createHash('sha256').update(nonceSecret).digest('base64url');
  return { state: part('state'), pkceCodeVerifier: part('verifier'), nonceSecret, nonce };
};

/** Whom somebody signed in as, for provisioning to judge. */
export interface ToldIdentity {
  readonly idToken: string;
  readonly nonceSecret: string;
}

/** Sends people to the identity provider and takes what they come back with: authorization code with PKCE, state and nonce. */
export class IdentityProvider {
  readonly name: string;
  private configuration: Promise<Configuration> | undefined;

  constructor(
    private readonly settings: IdentityProviderSettings,
    private readonly fetch: typeof globalThis.fetch,
  ) {
    this.name = settings.name;
  }

  /**
   * Where to send a browser. UNAVAILABLE `IDENTITY_PROVIDER_UNREACHABLE`.
   * @param flow 256 random bits that the browser keeps.
   */
  async begin(flow: string, redirectUri: string): Promise<URL> {
    const { state, nonce, pkceCodeVerifier } = partsOf(flow);
    return buildAuthorizationUrl(await this.discovered(), {
      ...{ redirect_uri: redirectUri, scope: 'openid email profile', state, nonce },
      code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
  }

  /** @param back the URL that the browser came back to. UNAUTHENTICATED `SIGN_IN_REFUSED`; UNAVAILABLE as above. */
  async finish(flow: string, back: URL): Promise<ToldIdentity> {
    const configuration = await this.discovered();
    const { state, nonce, nonceSecret, pkceCodeVerifier } = partsOf(flow);
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier, idTokenExpected: true };
    try {
      const { id_token: idToken } = await authorizationCodeGrant(configuration, back, checks);
      if (idToken !== undefined) return { idToken, nonceSecret };
    } catch (cause) {
      throw new AppError('UNAUTHENTICATED', 'SIGN_IN_REFUSED', { cause });
    }
    throw new AppError('UNAUTHENTICATED', 'SIGN_IN_REFUSED');
  }

  /** Asked for once at a time, and again after it failed. */
  private discovered(): Promise<Configuration> {
    return (this.configuration ??= this.discover().catch((cause: unknown) => {
      this.configuration = undefined;
      throw new AppError('UNAVAILABLE', 'IDENTITY_PROVIDER_UNREACHABLE', { cause });
    }));
  }

  private discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const at = new URL(issuer);
    return discovery(at, clientId, clientSecret, undefined, {
      [customFetch]: this.fetch as never,
      // Only what the operator lists may be called in plain text: that is for the fetch to see to.
      execute: at.protocol === 'http:' ? [allowInsecureRequests] : [],
    });
  }
}
