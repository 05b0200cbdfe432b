import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The user that Postgres runs as, in numbers, because it may have no name. */
export interface PostgresAccount {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: PostgresAccount = { uid: 65534, gid: 65534 };

/**
 * Postgres refuses to run as root. Root hands it to `nobody`, who owns nothing else of ours and exists everywhere, so
 * that no user has to be added to the host. Everybody else runs it as themselves: then the answer is undefined.
 */
export const postgresAccount = (): PostgresAccount | undefined =>
  process.getuid?.() === 0 ? accountOfNobody() : undefined;

/** False for the arbitrary user ids that some container platforms assign. */
export const hasPasswdEntry = (): boolean => {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
};

const accountOfNobody = (): PostgresAccount => {
  try {
    const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
    return entry ? { uid: Number(entry[1]), gid: Number(entry[2]) } : NOBODY;
  } catch {
    return NOBODY;
  }
};
