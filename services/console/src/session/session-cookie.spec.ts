import {
  flowCookie,
  flowIn,
  NO_FLOW_COOKIE,
  NO_SESSION_COOKIE,
  sessionCookie,
  tokenIn,
} from './session-cookie';

it('is held to this host and HTTPS, and no script reads it', () => {
  expect(sessionCookie('ghs_a')).toBe(
    '__Host-gatehouse-session=ghs_a; Path=/; Secure; HttpOnly; SameSite=Strict',
  );
  expect(NO_SESSION_COOKIE).toContain('Max-Age=0');
});

it.each([
  ['__Host-gatehouse-session=ghs_a', 'ghs_a'],
  ['a=b; __Host-gatehouse-session=ghs_a; c=d', 'ghs_a'],
  // Without the prefix anybody's host could have set it.
  ['gatehouse-session=ghs_a', undefined],
  ['__Host-gatehouse-session=ghs_a; __Host-gatehouse-session=ghs_b', undefined],
  ['__Host-gatehouse-session=gh_key', undefined],
  ['__Host-gatehouse-session=ghs_a"', undefined],
  ['__Host-gatehouse-session=', undefined],
  ['', undefined],
])('of %p is %p', (cookie, token) => expect(tokenIn({ cookie })).toBe(token));

it('of a sign-in elsewhere comes back with whoever comes back, for a while', () => {
  const flow = 'a'.repeat(43);
  expect(flowCookie(flow)).toBe(
    `__Host-gatehouse-sign-in=${flow}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600`,
  );
  expect(NO_FLOW_COOKIE).toContain('Max-Age=0');
  const set = `__Host-gatehouse-sign-in=${flow}`;
  expect(flowIn({ cookie: `__Host-gatehouse-session=ghs_a; ${set}` })).toBe(flow);
  for (const cookie of [`${set}; ${set}`, `${set}a`, '__Host-gatehouse-sign-in=', ''])
    expect(flowIn({ cookie })).toBeUndefined();
});
