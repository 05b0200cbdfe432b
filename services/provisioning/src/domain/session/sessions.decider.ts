import type { Decider } from '@gatehouse/kernel';
import { type BeginSession, beginSession } from './begin-session';
import { type EndSession, endSession } from './end-session';
import { type EndSessions, endSessions } from './end-sessions';
import { type MakeSignInLink, makeSignInLink } from './make-sign-in-link';
import type { SessionEvent } from './session.events';
import { evolve, type SessionsState } from './sessions';

export type SessionCommand = MakeSignInLink | BeginSession | EndSession | EndSessions;

const decide = (command: SessionCommand, state: SessionsState): readonly SessionEvent[] => {
  switch (command.type) {
    case 'MakeSignInLink':
      return makeSignInLink(command);
    case 'BeginSession':
      return beginSession(command, state);
    case 'EndSession':
      return endSession(command, state);
    case 'EndSessions':
      return endSessions(command, state);
  }
};

/** Of one API key. That the key lives is for the caller to see to: it ends its sessions wherever they are presented. */
export const sessionsDecider: Decider<SessionCommand, SessionsState, SessionEvent> = {
  initial: { sessions: [], links: [], epoch: 0n },
  decide,
  evolve,
};
