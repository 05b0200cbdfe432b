import { AppError } from '@gatehouse/kernel';
import type { SessionEvent, SessionBegan } from './session.events';
import { openAt, SESSIONS_MAX, type SessionsState } from './sessions';

/** What was presented for the session: the key's secret, or a link. */
export type SignInProof = { readonly secretHash: string } | { readonly linkHash: string };

export interface BeginSession extends Pick<
  SessionBegan,
  'sessionId' | 'apiKeyId' | 'organizationId' | 'hash' | 'expiresAt'
> {
  readonly type: 'BeginSession';
  readonly proof: SignInProof;
  /** Of the key's newest secret: a link that was bound to another is void. */
  readonly newestSecretHash: string;
  readonly at: Date;
}

/** UNAUTHENTICATED `SIGN_IN_LINK_VOID` for a link that was used, is over, or is of a secret that was replaced. */
export const beginSession = (command: BeginSession, state: SessionsState): readonly SessionEvent[] => {
  const { type: _type, proof, newestSecretHash: _newest, at, ...session } = command;
  const bound = 'secretHash' in proof ? proof : { ...boundByLink(command, proof.linkHash, state), ...proof };
  const open = openAt(state, at);
  const replaced = open.slice(0, Math.max(0, open.length + 1 - SESSIONS_MAX));
  return [
    ...replaced.map(
      ({ sessionId, apiKeyId }) => ({ type: 'SessionEnded', sessionId, apiKeyId, why: 'replaced' }) as const,
    ),
    { type: 'SessionBegan', ...session, ...bound, beganAt: at },
  ];
};

const boundByLink = (
  { newestSecretHash, at }: BeginSession,
  linkHash: string,
  { links }: SessionsState,
): { readonly secretHash: string } => {
  const link = links.find(({ hash }) => hash === linkHash);
  if (link === undefined || link.expiresAt <= at || link.secretHash !== newestSecretHash)
    throw new AppError('UNAUTHENTICATED', 'SIGN_IN_LINK_VOID');
  return { secretHash: link.secretHash };
};
