import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { newCommand } from './control-plane';
import { IdentityProvider, personAt } from './identity-provider';
import { Product } from './product';

const { OrganizationRole } = provisioningV1;
const ANN = 'ann@mail.example';
const REFUSED = '/#sign-in=refused';

/** A browser, as far as cookies go: by origin. */
class Browser {
  private readonly jars = new Map<string, Map<string, string>>();

  async ask(
    url: URL,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const jar = this.jars.get(url.origin) ?? new Map<string, string>();
    this.jars.set(url.origin, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; '), ...headers },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Another with the same cookies. */
  copy(): Browser {
    const copy = new Browser();
    for (const [origin, jar] of this.jars) copy.jars.set(origin, new Map(jar));
    return copy;
  }
}

describe('signing in by an identity provider', () => {
  const env: NodeJS.ProcessEnv = {};
  let product: Product;
  let idp: IdentityProvider;
  let console: string;

  const at = (path: string): URL => new URL(path, console);
  const leadsTo = async (response: Promise<Response>, from: URL): Promise<URL> => {
    const { status, headers } = await response;
    if (status !== 303 && status !== 302) throw new Error(`${from.pathname} answered ${status}`);
    return new URL(headers.get('location') ?? '', from);
  };
  /** Goes through the provider's own pages, as the person who is named, up to the address that leads back. */
  const cameBack = async (browser: Browser, person: string): Promise<URL> => {
    let url = await leadsTo(browser.ask(at('/session/oidc')), at('/'));
    while (url.origin !== at('/').origin) {
      const page = url.pathname.startsWith('/interaction/') ? await browser.ask(url) : undefined;
      const prompt = /name="prompt" value="(\w+)"/.exec((await page?.text()) ?? '')?.[1];
      const form = prompt === undefined ? undefined : { prompt, login: person, password: 'any' };
      url = await leadsTo(browser.ask(url, form), url);
    }
    return url;
  };
  const finish = async (browser: Browser, back: URL): Promise<string> =>
    (await leadsTo(browser.ask(back), back)).href.slice(at('/').origin.length);
  const signIn = async (person: string): Promise<[string, Browser]> => {
    const browser = new Browser();
    return [await finish(browser, await cameBack(browser, person)), browser];
  };
  const whoIs = async (browser: Browser) => (await (await browser.ask(at('/session'))).json()) as object;

  beforeAll(async () => {
    idp = await IdentityProvider.start();
    product = await Product.start({ env });
    const { token } = await product.operator.members.inviteMember(
      provisioningV1.InviteMemberRequest.fromPartial({
        ...newCommand(),
        organizationId: product.first.organization,
        email: ANN,
        roles: { organization: OrganizationRole.OWNER, workspaces: [] },
      }),
    );
    await product.control(token).members.acceptInvite({ ...newCommand(), name: 'Ann' });
    await product.interrupt();
    Object.assign(env, idp.settings(product.first.organization));
    ({ console } = await product.startAgain());
  }, 300_000);
  afterAll(async () => {
    idp.stop();
    await product.stop();
  });

  it('is offered, and leads to a session of whom the provider names', async () => {
    const ways = (await (await fetch(at('/session/ways'))).json()) as object;
    expect(ways).toMatchObject({ oidc: { name: 'Acme' } });
    const [to, browser] = await signIn(personAt(ANN, 'everybody admins'));
    expect(to).toBe('/');
    expect(await whoIs(browser)).toMatchObject({ member: { name: 'Ann' }, role: 'admin' });
  });

  it.each([
    ['an address that nobody verified', personAt(ANN, 'admins', 'unverified')],
    ['an address of nobody here', personAt('bob@mail.example', 'admins')],
    ['groups that say nothing', personAt(ANN, 'everybody')],
  ])('is refused for %s', async (_what, person) => {
    const [to, browser] = await signIn(person);
    expect(to).toBe(REFUSED);
    expect((await browser.ask(at('/session'))).status).toBe(401);
  });

  it('is of the browser that began it, once, with its state', async () => {
    const person = personAt(ANN, 'auditors');
    const browser = new Browser();
    const back = await cameBack(browser, person);
    expect(await finish(new Browser(), back)).toBe(REFUSED);
    const other = new Browser();
    await other.ask(at('/session/oidc'));
    expect(await finish(other, back)).toBe(REFUSED);
    const stateless = new URL(back);
    stateless.searchParams.delete('state');
    const again = new Browser();
    await cameBack(again, person);
    expect(await finish(again, stateless)).toBe(REFUSED);
    expect(await finish(browser, back)).toBe('/');
    expect(await finish(browser, back)).toBe(REFUSED);
  });

  it('is begun by no other site', async () => {
    const foreign = await new Browser().ask(at('/session/oidc'), undefined, {
      'sec-fetch-site': 'cross-site',
    });
    expect(foreign.status).toBe(403);
  });

  it('is refused to what no browser has begun, as often as a page asks for it, and to nobody else', async () => {
    const back = at('/session/oidc/callback');
    for (let count = 0; count < 12; count++) {
      const image = await new Browser().ask(back, undefined, { 'sec-fetch-dest': 'image' });
      expect(image.status).toBe(403);
      expect(await finish(new Browser(), back)).toBe(REFUSED);
    }
    expect((await signIn(personAt(ANN, 'admins')))[0]).toBe('/');
  });

  it('ends the session that was there before', async () => {
    const [, browser] = await signIn(personAt(ANN, 'admins'));
    const copy = browser.copy();
    expect(await finish(browser, await cameBack(browser, personAt(ANN, 'admins')))).toBe('/');
    expect(await whoIs(browser)).toMatchObject({ role: 'admin' });
    await eventually(async () => expect((await copy.ask(at('/session'))).status).toBe(401));
  });
});
