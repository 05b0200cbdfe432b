import type { ApiKeyId } from '@gatehouse/kernel';
import type { SessionEvent } from './session.events';
import type { SessionsState } from './sessions';

export interface EndSessions {
  readonly type: 'EndSessions';
  readonly apiKeyId: ApiKeyId;
}

/** Records nothing where nobody signed in since the last time. */
export const endSessions = (
  { apiKeyId }: EndSessions,
  { sessions, links, epoch }: SessionsState,
): readonly SessionEvent[] =>
  sessions.length === 0 && links.length === 0 ? [] : [{ type: 'SessionsEnded', apiKeyId, epoch: epoch + 1n }];
