import { AppError } from '@gatehouse/kernel';
import type { ControlPlanes } from '../adapters/grpc/control-plane';
import { presentedKey } from './presented-key';
import type { BrowserRequest, OwnPage } from './own-page';
import { tokenIn } from './session-cookie';
import { nameOf, type Sessions } from './sessions';

const ORGANIZATIONS_MAX = 2_000;

/** Whom a request speaks for: a key that it presents, or else the session of its cookie. */
export class Callers {
  /** Of credentials, by their digests: a credential is of the same for ever. */
  private readonly organizations = new Map<string, string>();

  constructor(
    private readonly sessions: Sessions,
    private readonly ownPage: OwnPage,
    private readonly planes: Pick<ControlPlanes, 'as'>,
  ) {}

  /**
   * What the services know the caller by. UNAUTHENTICATED `CREDENTIALS_MISSING`, and where a session has ended; FORBIDDEN where a cookie comes from
   * anywhere but the page; UNAVAILABLE where nobody can say whether a session still is.
   */
  async credentialOf(request: BrowserRequest): Promise<string> {
    const key = presentedKey(request.headers);
    if (key !== undefined) return key;
    const token = tokenIn(request.headers);
    if (token === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    this.ownPage.demandSecure(request);
    this.ownPage.demandOwnPage(request, token);
    await this.sessions.use(token);
    return token;
  }

  /**
   * That the services know somebody by it, at this moment: for what no service is asked about. UNAUTHENTICATED where they do not; UNAVAILABLE
   * where nobody can say.
   */
  async demandKnown(credential: string): Promise<void> {
    this.remember(credential, await this.askedOrganization(credential));
  }

  /** Of whom that is; empty for a key that calls models and changes nothing. Errors as above. */
  async organizationOf(credential: string): Promise<string> {
    const known = this.organizations.get(nameOf(credential));
    if (known !== undefined) return known;
    const asked = await this.askedOrganization(credential);
    this.remember(credential, asked);
    return asked;
  }

  private async askedOrganization(credential: string): Promise<string> {
    try {
      return (await this.planes.as(credential).sessions.listSessions({ apiKeyId: '' })).organizationId;
    } catch (error) {
      // Who may not ask is somebody all the same.
      if (!(error instanceof AppError && error.code === 'FORBIDDEN')) throw error;
      return '';
    }
  }

  private remember(credential: string, organization: string): void {
    if (this.organizations.size >= ORGANIZATIONS_MAX) this.organizations.clear();
    this.organizations.set(nameOf(credential), organization);
  }
}
