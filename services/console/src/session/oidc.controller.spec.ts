import type { ErrorLog } from '@gatehouse/grpc';
import { TrustedProxies } from '@gatehouse/hosts';
import { AppError } from '@gatehouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ControlPlanes } from '../adapters/grpc/control-plane';
import type { IdentityProvider } from '../adapters/oidc/identity-provider';
import { OidcController } from './oidc.controller';
import { OwnPage } from './own-page';
import { Sessions } from './sessions';
import { SignInAllowances } from './sign-in-allowances';

const clock = { monotonicMs: () => 0 };
const FLOW = `__Host-gatehouse-sign-in=${'f'.repeat(43)}`;
const BEFORE = '__Host-gatehouse-session=ghs_before';
const REFUSED = '/#sign-in=refused';

let ended: string[];
let knows: boolean;
let allowances: SignInAllowances;
let controller: OidcController;

beforeEach(() => {
  [ended, knows] = [[], true];
  const as = (token: string) => ({
    sessions: {
      createSession: () => Promise.resolve({ token: 'ghs_new' }),
      endSession: () => Promise.resolve(ended.push(token)),
    },
  });
  const planes = { as } as unknown as ControlPlanes;
  const provider = {
    begin: () => Promise.resolve(new URL('https://idp.example/authorize')),
    finish: () =>
      knows
        ? Promise.resolve({ idToken: 'a.b.c', nonceSecret: 'n' })
        : Promise.reject(new AppError('UNAUTHENTICATED', 'SIGN_IN_REFUSED')),
  } as unknown as IdentityProvider;
  allowances = new SignInAllowances(clock);
  const log = { error: () => undefined } as unknown as ErrorLog;
  const ownPage = new OwnPage(TrustedProxies.none);
  const sessions = new Sessions(planes, clock);
  controller = new OidcController(planes, provider, ownPage, allowances, log, sessions);
});

interface Led {
  cookies: string[];
  to: string;
}

const ask = async (method: 'begin' | 'finish', headers: Record<string, string>): Promise<Led> => {
  const led: Led = { cookies: [], to: '' };
  const url = '/session/oidc/callback?code=c&state=s';
  const raw = { method: 'GET', headers: { host: 'localhost', ...headers }, socket: { remoteAddress: '::1' } };
  const reply = {
    header: (_name: string, cookies: string | string[]) => {
      led.cookies = [cookies].flat().map((cookie) => cookie.split(';')[0] ?? '');
      return reply;
    },
    redirect: (to: string) => Promise.resolve(void (led.to = to)),
  };
  await controller[method]({ raw, url } as unknown as FastifyRequest, reply as unknown as FastifyReply);
  return led;
};

const mayTry = (): boolean => {
  try {
    allowances.take('::1')();
    return true;
  } catch {
    return false;
  }
};

it('counts what was begun and is refused, and nothing that began nowhere', async () => {
  knows = false;
  for (let count = 0; count < 20; count++) expect((await ask('finish', {})).to).toBe(REFUSED);
  expect(mayTry()).toBe(true);
  for (let count = 0; count < 10; count++) await ask('finish', { cookie: FLOW });
  expect(mayTry()).toBe(false);
});

it.each(['begin', 'finish'] as const)('is no image, frame or request of a page: %s', async (method) => {
  for (const dest of ['image', 'iframe', 'empty'])
    await expect(ask(method, { cookie: FLOW, 'sec-fetch-dest': dest })).rejects.toThrow('NO_NAVIGATION');
  expect((await ask(method, { cookie: FLOW, 'sec-fetch-dest': 'document' })).to).not.toBe(REFUSED);
});

it('ends the session before, as it begins, when the browser still says which', async () => {
  const { cookies, to } = await ask('begin', { cookie: BEFORE });
  expect([ended, to]).toEqual([['ghs_before'], 'https://idp.example/authorize']);
  expect(cookies).toContain('__Host-gatehouse-session=');
});

it('ends the session that began meanwhile, where the browser says which', async () => {
  const { cookies, to } = await ask('finish', { cookie: `${FLOW}; ${BEFORE}` });
  expect([ended, to]).toEqual([['ghs_before'], '/']);
  expect(cookies).toContain('__Host-gatehouse-session=ghs_new');
});
