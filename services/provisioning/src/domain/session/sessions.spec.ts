import { apiKeyId, deriveId, organizationId, sessionId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import type { BeginSession } from './begin-session';
import type { SessionBegan, SessionEvent, SignInLinkMade } from './session.events';
import { LINKS_MAX, SESSIONS_MAX } from './sessions';
import { sessionsDecider } from './sessions.decider';

const of = {
  apiKeyId: apiKeyId(deriveId('key', 'a')),
  organizationId: organizationId(deriveId('org', 'a')),
};
const idOf = (name: string) => sessionId(deriveId('ses', name));
const [AT, LATER, END] = [
  new Date('2026-03-03T12:00:00Z'),
  new Date('2026-03-03T12:04:00Z'),
  new Date('2026-03-04T00:00:00Z'),
];
const [SECRET, REPLACED] = ['secret', 'replaced'];

const begin = (name: string, more: Partial<BeginSession> = {}): BeginSession => ({
  ...{ type: 'BeginSession', ...of, sessionId: idOf(name), hash: name, expiresAt: END },
  ...{ proof: { secretHash: SECRET }, newestSecretHash: SECRET, at: AT },
  ...more,
});
const began = (name: string, more: Partial<SessionBegan> = {}): SessionBegan => ({
  ...{ type: 'SessionBegan', ...of, sessionId: idOf(name), hash: name, secretHash: SECRET },
  ...{ beganAt: AT, expiresAt: END },
  ...more,
});
const link = (hash: string, more: Partial<SignInLinkMade> = {}): SignInLinkMade => ({
  ...{ type: 'SignInLinkMade', ...of, hash, secretHash: SECRET, expiresAt: new Date('2026-03-03T12:05:00Z') },
  ...more,
});
const byLink = (linkHash: string, more: Partial<BeginSession> = {}): BeginSession =>
  begin('a', { proof: { linkHash }, at: LATER, ...more });
const ended = (name: string, why: 'replaced' | 'idle' | 'signedOut') =>
  ({ type: 'SessionEnded', sessionId: idOf(name), apiKeyId: of.apiKeyId, why }) as const;

describe('sessions of a key', () => {
  it('begin with its secret, and end with it', () =>
    given(sessionsDecider).when(begin('a')).then(began('a')));

  it('begin by a link, bound to the secret that the link is of', () =>
    given(sessionsDecider, link('l'))
      .when(byLink('l'))
      .then(began('a', { beganAt: LATER, linkHash: 'l' })));

  it.each<[string, readonly SessionEvent[], Partial<BeginSession>]>([
    ['that was never made', [link('other')], {}],
    ['that was used', [link('l'), began('b', { linkHash: 'l' })], {}],
    ['that is over', [link('l')], { at: new Date('2026-03-03T12:05:00Z') }],
    ['of a secret that was replaced', [link('l', { secretHash: REPLACED })], {}],
    [
      'from before all were ended',
      [link('l'), { type: 'SessionsEnded', ...of, epoch: 1n } as SessionEvent],
      {},
    ],
    [
      'after which too many were made',
      [link('l'), ...Array.from({ length: LINKS_MAX }, (_none, index) => link(`${index}`))],
      {},
    ],
  ])('do not begin by a link %s', (_what, events, more) =>
    given(sessionsDecider, ...events)
      .when(byLink('l', more))
      .thenRefused('SIGN_IN_LINK_VOID'),
  );

  it('are so many at most: the oldest ends, and none that is over counts', () => {
    const names = Array.from({ length: SESSIONS_MAX }, (_none, index) => `s${index}`);
    given(sessionsDecider, ...names.map((name) => began(name)))
      .when(begin('a'))
      .then(ended('s0', 'replaced'), began('a'));
    given(sessionsDecider, ...names.map((name) => began(name, { expiresAt: LATER })))
      .when(begin('a', { at: LATER }))
      .then(began('a', { beganAt: LATER }));
  });

  it('end once', () => {
    const end = { type: 'EndSession', sessionId: idOf('a'), why: 'idle' } as const;
    given(sessionsDecider, began('a'), began('b')).when(end).then(ended('a', 'idle'));
    given(sessionsDecider, began('a'), ended('a', 'signedOut')).when(end).then();
  });

  it('end all at once, and links with them, under the next epoch', () => {
    const end = { type: 'EndSessions', apiKeyId: of.apiKeyId } as const;
    const first = { type: 'SessionsEnded', apiKeyId: of.apiKeyId, epoch: 1n } as const;
    given(sessionsDecider, began('a'), began('b')).when(end).then(first);
    given(sessionsDecider, link('l')).when(end).then(first);
    given(sessionsDecider, began('a'), first).when(end).then();
    given(sessionsDecider, began('a'), first, began('b'))
      .when(end)
      .then({ ...first, epoch: 2n });
  });
});
