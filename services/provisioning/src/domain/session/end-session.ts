import type { SessionId } from '@gatehouse/kernel';
import type { SessionEndReason, SessionEvent } from './session.events';
import type { SessionsState } from './sessions';

export interface EndSession {
  readonly type: 'EndSession';
  readonly sessionId: SessionId;
  readonly why: SessionEndReason;
}

/** Ending twice is not an error: the second end records nothing. */
export const endSession = (
  { sessionId, why }: EndSession,
  { sessions }: SessionsState,
): readonly SessionEvent[] =>
  sessions
    .filter((session) => session.sessionId === sessionId)
    .map(({ apiKeyId }) => ({ type: 'SessionEnded', sessionId, apiKeyId, why }));
