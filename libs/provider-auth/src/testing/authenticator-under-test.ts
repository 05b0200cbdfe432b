import { FixedClock } from '@gatehouse/kernel';
import { ProcessSeal } from '@gatehouse/sealing';
import { AmbientIdentities, ProviderAuthenticator } from '../index';
import type { AwsKeys, CredentialHolder, OutgoingRequest, ProviderCredential } from '../index';
import { RoutedTransport } from './routed-transport';
import { TokenServer } from './token-server';

export const NOW = new Date('2026-03-03T12:00:00Z');
export const holder: CredentialHolder = {
  organizationId: 'org_a',
  integrationId: 'int_a',
  credentialVersion: 1,
};
export const request: OutgoingRequest = {
  method: 'POST',
  url: new URL('https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse'),
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{}'),
};

export const ISSUERS = [
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.partner.microsoftonline.cn',
  'https://oauth2.googleapis.com',
  'https://sts.eu-central-1.amazonaws.com',
  'https://sts.cn-north-1.amazonaws.com.cn',
  'http://169.254.169.254',
];

/** Lends everything to `org_a`. */
class Lent extends AmbientIdentities {
  allows(organizationId: string): boolean {
    return organizationId === holder.organizationId;
  }

  federatedToken(): Promise<string> {
    return Promise.resolve('federated.c4n4ry.token');
  }

  gatewayKeys(): Promise<AwsKeys> {
    return Promise.resolve({ accessKeyId: 'AKIAGATEWAY000000000', secretAccessKey: 'gateway-c4n4ry' });
  }
}

/** An authenticator whose every issuer is one server of the test. */
export class AuthenticatorUnderTest {
  readonly clock = new FixedClock(NOW);
  readonly authenticator: ProviderAuthenticator;

  private constructor(
    readonly issuer: TokenServer,
    readonly transport: RoutedTransport,
  ) {
    this.authenticator = this.another();
  }

  static async start(): Promise<AuthenticatorUnderTest> {
    const issuer = await TokenServer.start();
    const routes = Object.fromEntries(ISSUERS.map((origin) => [origin, issuer.origin]));
    return new AuthenticatorUnderTest(issuer, new RoutedTransport(routes));
  }

  /** With empty memory. */
  another(): ProviderAuthenticator {
    const { clock, transport } = this;
    return new ProviderAuthenticator({ clock, transport, seal: new ProcessSeal(), ambient: new Lent() });
  }

  async headersFor(credential: ProviderCredential, by: CredentialHolder = holder) {
    return this.authenticator.headersFor(by, credential, request);
  }

  async stop(): Promise<void> {
    await this.transport.close();
    await this.issuer.stop();
  }
}
