import type { SessionBegan, SessionEvent, SignInLinkMade } from './session.events';

export const SESSIONS_MAX = 20;
export const LINKS_MAX = 20;

export type BegunSession = Omit<SessionBegan, 'type' | 'linkHash'>;
export type MadeLink = Pick<SignInLinkMade, 'hash' | 'secretHash' | 'expiresAt'>;

/** Who signed in with one key, and may still. What is over by its time stays until more is recorded: a clock has to be asked. */
export interface SessionsState {
  /** The oldest first. */
  readonly sessions: readonly BegunSession[];
  /** The oldest first. */
  readonly links: readonly MadeLink[];
  readonly epoch: bigint;
}

export const evolve = (state: SessionsState, event: SessionEvent): SessionsState => {
  switch (event.type) {
    case 'SignInLinkMade': {
      const { hash, secretHash, expiresAt } = event;
      return { ...state, links: [...state.links, { hash, secretHash, expiresAt }].slice(-LINKS_MAX) };
    }
    case 'SessionBegan': {
      const { type: _type, linkHash, ...begun } = event;
      const open = state.sessions.filter((session) => session.expiresAt > begun.beganAt);
      const links = state.links.filter((link) => link.hash !== linkHash && link.expiresAt > begun.beganAt);
      return { ...state, sessions: [...open, begun], links };
    }
    case 'SessionEnded':
      return {
        ...state,
        sessions: state.sessions.filter((session) => session.sessionId !== event.sessionId),
      };
    case 'SessionsEnded':
      return { sessions: [], links: [], epoch: event.epoch };
  }
};

/** Those that have not ended at an instant by themselves. */
export const openAt = ({ sessions }: SessionsState, at: Date): readonly BegunSession[] =>
  sessions.filter(({ expiresAt }) => expiresAt > at);
