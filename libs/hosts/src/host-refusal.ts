import { PRIVATE_HOSTS_SETTING } from './private-hosts';

/** Why a base URL is never called. */
export type HostRefusal =
  | 'malformed'
  | 'too-long'
  | 'user-information'
  | 'query'
  | 'port'
  | 'metadata'
  /** Neither public nor on the operator's list. */
  | 'private'
  /** A name beyond ASCII that is not on the operator's list. */
  | 'look-alike'
  /** Plain http to what is not on the operator's list. */
  | 'plain-text';

/** The longest base URL, in characters. */
export const BASE_URL_LENGTH_MAX = 2_048;

const DESCRIPTIONS: Readonly<Record<HostRefusal, string>> = {
  malformed: 'must be an http or https URL',
  'too-long': `must have at most ${BASE_URL_LENGTH_MAX} characters`,
  'user-information': 'must not contain user information',
  query: 'must not have a query or a fragment',
  port: 'must not name a port on which another protocol, or the administration of a machine, is served',
  metadata: 'must not be an address that serves instance metadata',
  private: `must be a public host, or one that the operator allows in ${PRIVATE_HOSTS_SETTING}`,
  'look-alike': `must be spelled in ASCII, or be a name that the operator allows in ${PRIVATE_HOSTS_SETTING}`,
  'plain-text': `must use https, or be a host that the operator allows in ${PRIVATE_HOSTS_SETTING}`,
};

/** What the host has to be, for people. It quotes nothing of the URL, which may hold a password. */
export const describeHostRefusal = (refusal: HostRefusal): string => DESCRIPTIONS[refusal];

/** What a socket fails with that would have led to a refused host: nothing was dialled. */
export class HostRefused extends Error {
  readonly code = 'ERR_HOST_REFUSED';

  constructor(readonly refusal: HostRefusal) {
    super(`the host ${describeHostRefusal(refusal)}`);
    this.name = 'HostRefused';
  }
}
