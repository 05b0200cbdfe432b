import { AppError } from '@gatehouse/kernel';
import { presentedKey } from '../rest/presented-key';
import type { BrowserRequest, OwnPage } from './own-page';
import { tokenIn } from './session-cookie';
import type { Sessions } from './sessions';

/** Whom a request speaks for: a key that it presents, or else the session of its cookie. */
export class Callers {
  constructor(
    private readonly sessions: Sessions,
    private readonly ownPage: OwnPage,
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
}
