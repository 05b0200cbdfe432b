import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { userEnv } from './launch';
import { ROOT } from './root';

/** OpenID Connect, another site than the product, as those of the world are. Its people say at the login who they are: {@link personAt}. */
export class IdentityProvider {
  private constructor(
    private readonly process: ChildProcess,
    private readonly issuer: string,
  ) {}

  static async start(): Promise<IdentityProvider> {
    const child = spawn(process.execPath, [join(ROOT, 'test/e2e/identity-provider.mjs')], {
      env: userEnv(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [issuer] = (await once(child.stdout, 'data')) as [Buffer];
    return new IdentityProvider(child, issuer.toString().trim());
  }

  stop(): void {
    this.process.kill();
  }

  /** Of a product whose people sign in by it as members of an organization: its admins and auditors are. */
  settings(organization: string): NodeJS.ProcessEnv {
    return {
      ...{ GATEHOUSE_OIDC_ISSUER: this.issuer, GATEHOUSE_OIDC_NAME: 'Acme' },
      ...{ GATEHOUSE_OIDC_CLIENT_ID: 'gatehouse', GATEHOUSE_OIDC_CLIENT_SECRET: 'client-secret' },
      ...{ GATEHOUSE_OIDC_AUDIENCE: 'gatehouse', GATEHOUSE_OIDC_ROLES: 'admins=admin,auditors=auditor' },
      GATEHOUSE_OIDC_ORGANIZATION: organization,
    };
  }
}

/** What somebody types as login. Their address is verified where nothing else is said. */
export const personAt = (
  address: string,
  groups: string,
  verified: 'verified' | 'unverified' = 'verified',
): string => [address, groups, verified].join('|');
