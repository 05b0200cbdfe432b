import { AppError } from '@gatehouse/kernel';
import type { OutgoingRequest, ProviderAuthenticator } from '@gatehouse/provider-auth';
import { CredentialMisdirected } from '@gatehouse/sealing';
import { Credentials, type Proof, type ProvenRequest } from '../../app/gateway.ports';
import type { Integration } from '../../domain/configuration';
import type { OutgoingBody } from '../../domain/outgoing-body';
import { type OpenedCredential, proofOf } from './proof';
import type { ReferencedCredentials } from './referenced-credentials';

class ToBeProven implements OutgoingRequest {
  readonly method = 'POST';

  constructor(
    private readonly href: string,
    readonly headers: OutgoingRequest['headers'],
    private readonly outgoing: OutgoingBody,
  ) {}

  get body(): Buffer {
    return Buffer.isBuffer(this.outgoing) ? this.outgoing : this.outgoing.joined();
  }

  /** Only who signs looks at its parts. */
  get url(): URL {
    return new URL(this.href);
  }
}

/** Opens an integration's credential for one call, and has its headers made. */
export class ProvenCredentials extends Credentials {
  constructor(
    private readonly opened: Pick<ReferencedCredentials, 'open'>,
    private readonly authenticator: ProviderAuthenticator,
  ) {
    super();
  }

  prove(integration: Integration, { url, headers, body }: ProvenRequest): Proof | Promise<Proof> {
    const request = new ToBeProven(url, headers, body);
    const opened = this.open(integration, url);
    return opened instanceof Promise
      ? opened.then((later) => this.proofBy(later, request))
      : this.proofBy(opened, request);
  }

  private open(integration: Integration, url: string): OpenedCredential | Promise<OpenedCredential> {
    try {
      const opened = this.opened.open(integration, url);
      return opened instanceof Promise ? opened.catch(unopened) : opened;
    } catch (error) {
      return unopened(error);
    }
  }

  private proofBy(credential: OpenedCredential, request: OutgoingRequest): Proof | Promise<Proof> {
    try {
      const proof = proofOf(this.authenticator, credential, request);
      return proof instanceof Promise ? proof.catch(unproven) : proof;
    } catch (error) {
      return unproven(error);
    }
  }
}

/** Who keeps it, or a part of it, does not give it out: that may pass. */
const unopened = (error: unknown): never => {
  if (!(error instanceof AppError) || error.reason === 'CREDENTIAL_MISDIRECTED') throw error;
  throw new AppError('UNAVAILABLE', 'CREDENTIAL_UNAVAILABLE', { cause: error });
};

const unproven = (error: unknown): never => {
  if (error instanceof CredentialMisdirected) throw new AppError('REFUSED', 'CREDENTIAL_MISDIRECTED');
  throw error;
};
