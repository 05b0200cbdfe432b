import type { SessionEvent, SignInLinkMade } from './session.events';

export interface MakeSignInLink extends Omit<SignInLinkMade, 'type'> {
  readonly type: 'MakeSignInLink';
}

/** Of too many the oldest are void. */
export const makeSignInLink = (command: MakeSignInLink): readonly SessionEvent[] => [
  { ...command, type: 'SignInLinkMade' },
];
