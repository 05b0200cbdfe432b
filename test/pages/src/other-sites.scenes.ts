import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import { Visitor } from './visitor';

const START_MS = 180_000;
const WORKSPACES = '/v1/admin/workspaces';

/** What the script of a page may try, in the browser of whoever is signed in. */
const attempts = {
  /** Answers once whatever came is in the frame. */
  frame: (url: string) =>
    new Promise<void>((resolve) => {
      const frame = document.createElement('iframe');
      frame.onload = () => resolve();
      frame.src = url;
      document.body.append(frame);
    }),
  /** A form whose body is JSON to whoever is not particular about types. */
  form: (url: string) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', enctype: 'text/plain', action: url });
    const field = document.createElement('input');
    Object.assign(field, { name: '{"name":"by a form","description":"', value: '"}' });
    form.append(field);
    document.body.append(form);
    form.submit();
  },
  /** Answers what could be read of the answer. */
  fetch: async ({ url, init }: { url: string; init: RequestInit }): Promise<string> => {
    try {
      return (await fetch(url, { credentials: 'include', ...init })).text();
    } catch (error) {
      return String(error);
    }
  },
};

describe('pages of others, in the browser of whoever is signed in', () => {
  let shared: SharedConsole;
  let organization: Organization;
  let elsewhere: Server;
  let visitor: Visitor;
  let page: Page;
  const said: string[] = [];

  const names = async (): Promise<string[]> => {
    const { data } = await organization.rest<{ data: { name: string }[] }>('GET', WORKSPACES);
    return data.map(({ name }) => name).sort();
  };
  const at = (path: string): string => shared.product.first.console + path;
  /** A browser sends a `Strict` cookie to another port of the same host: that is the same site to it. */
  const origins = [
    ['another site', 'localhost', 401],
    ['another origin of the same site', '127.0.0.1', 403],
  ] as const;

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product);
    elsewhere = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => elsewhere.once('listening', resolve));
    visitor = await shared.visitor({}, organization.adminKey);
    page = visitor.page;
    page.on('console', (message) => said.push(message.text()));
  }, START_MS);

  afterAll(async () => {
    await visitor.leave();
    elsewhere.closeAllConnections();
    elsewhere.close();
  });

  describe.each(origins)('of %s', (_what, host, status) => {
    beforeEach(async () => {
      said.length = 0;
      await page.goto(`http://${host}:${(elsewhere.address() as AddressInfo).port}/`);
    });

    it('cannot frame it: nothing of it is shown', async () => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.evaluate(attempts.frame, at('/integrations'));
      const [, framed] = page.frames();
      expect(framed?.url()).not.toContain(shared.product.first.console);
      expect(await framed?.locator('#page').count()).toBe(0);
      expect(said.join('\n')).toMatch(/frame-ancestors 'none'/);
      // What is in the way comes before anything of the page is loaded.
      expect(asked).toEqual([at('/integrations')]);
      page.removeAllListeners('request');
    });

    it('cannot change anything by a form', async () => {
      const answered = page.waitForResponse(at(WORKSPACES));
      await page.evaluate(attempts.form, at(WORKSPACES));
      expect((await answered).status()).toBe(status);
      await page.waitForURL(at(WORKSPACES));
      expect(await names()).not.toContain('by a form');
    });

    it.each([
      ['without asking first', { mode: 'no-cors', headers: { 'content-type': 'text/plain' } }],
      [
        'with a type and a header of the page',
        { headers: { 'x-gatehouse-csrf': 'any', 'content-type': 'application/json' } },
      ],
    ] as const)('cannot change anything by a script, %s', async (_how, init) => {
      const change = { ...init, method: 'POST', body: JSON.stringify({ name: 'by a script' }) };
      await page.evaluate(attempts.fetch, { url: at(WORKSPACES), init: change });
      await page.evaluate(attempts.fetch, {
        url: at('/session?all=true'),
        init: { ...init, method: 'DELETE' },
      });
      expect(await names()).not.toContain('by a script');
    });

    it('cannot read anything', async () => {
      for (const path of [WORKSPACES, '/session', '/v1/gatehouse/providers', '/'])
        for (const mode of ['cors', 'no-cors'] as const) {
          const read = await page.evaluate(attempts.fetch, { url: at(path), init: { mode } });
          expect([path, mode, read]).toEqual([path, mode, expect.stringMatching(/^$|^TypeError/)]);
        }
    });

    afterAll(async () => {
      // Nor has any of it ended the session.
      await visitor.open('/integrations');
      await visitor.tab('All').waitFor();
    });
  });

  it('are refused what the page itself may', async () => {
    await visitor.open('/integrations');
    const session = await page.evaluate(attempts.fetch, { url: at('/session'), init: {} });
    const { csrf } = JSON.parse(session) as { csrf: string };
    const headers = { 'content-type': 'application/json', 'x-gatehouse-csrf': csrf };
    const change = { method: 'POST', headers, body: JSON.stringify({ name: 'by the page' }) };
    await page.evaluate(attempts.fetch, { url: at(WORKSPACES), init: change });
    expect(await names()).toContain('by the page');
  });
});

describe('a session in a browser', () => {
  let shared: SharedConsole;
  let organization: Organization;

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product);
  }, START_MS);

  const stranger = () => Visitor.come(shared.browser, shared.product.first.console);
  const link = async (): Promise<string> =>
    (JSON.parse(await shared.product.cli('--json', 'sign-in')) as { link: string }).link;

  it('is of no script, and of its host alone', async () => {
    const visitor = await shared.visitor({}, organization.adminKey);
    expect(await visitor.sessionCookie()).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' });
    const token = (await visitor.sessionCookie())?.value ?? '';
    expect(token).toMatch(/^ghs_/);
    expect(await visitor.everywhere()).not.toContain(token);
    expect(visitor.traffic.filter(({ got, sent }) => (got + sent).includes(token))).toEqual([]);
    await visitor.leave();
  });

  it('is another once somebody signs in: who planted one has nothing of it', async () => {
    const attacker = await shared.visitor({}, await organization.otherAdminKey('an attacker'));
    const planted = await attacker.sessionCookie();
    const victim = await stranger();
    await victim.open('/');
    await victim.page.getByLabel('Key').waitFor();
    await victim.plant(planted!);
    await victim.presentKey(organization.adminKey);
    expect((await victim.sessionCookie())?.value).not.toBe(planted?.value);
    await attacker.open('/integrations');
    await attacker.page.getByLabel('Key').waitFor();
    await attacker.leave();
    await victim.leave();
  });

  it('begins once by a link, which is nowhere after', async () => {
    const address = await link();
    const token = address.split('#link=')[1] ?? '';
    expect(token).toMatch(/^ghl_/);
    const first = await stranger();
    await first.page.goto(address);
    await first.page.locator('#content').waitFor();
    expect(await first.everywhere()).not.toContain(token);
    const sent = first.traffic.filter((one) => (one.sent + one.url).includes(token));
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/session']);
    expect(first.traffic.filter(({ got }) => got.includes(token))).toEqual([]);
    const second = await stranger();
    await second.page.goto(address);
    await second.page.getByText('This link has been used, or its time is over.').waitFor();
    expect(await second.sessionCookie()).toBeUndefined();
    expect(await second.everywhere()).not.toContain(token);
    // Nor is the first one's session touched by it.
    await first.open('/integrations');
    await first.tab('All').waitFor();
    await first.leave();
    await second.leave();
  });

  it('shows what is shown once, a key or an invite, and has it nowhere after', async () => {
    const workspace = await organization.newWorkspace('Shown once');
    const visitor = await shared.visitor({}, organization.adminKey);
    const dialog = visitor.page.getByRole('dialog');
    const shownOnce = async (): Promise<string> => {
      const secret = (await dialog.getByLabel('The secret', { exact: true }).textContent()) ?? '';
      await visitor.button('I have it').click();
      await dialog.waitFor({ state: 'detached' });
      expect(await visitor.everywhere()).not.toContain(secret);
      expect(visitor.traffic.filter(({ got }) => got.includes(secret))).toHaveLength(1);
      await visitor.page.reload();
      await visitor.page.locator('#content h1').waitFor();
      expect(await visitor.everywhere()).not.toContain(secret);
      return secret;
    };
    await visitor.open(`/workspaces/${workspace}?tab=keys`);
    await visitor.button('New API key').click();
    await dialog.getByLabel('Name').fill('canary');
    await visitor.button('Issue key').click();
    expect(await shownOnce()).toMatch(/^gh_/);
    await visitor.open(`/workspaces/${workspace}?tab=members`);
    await visitor.button('Invite').click();
    await dialog.getByLabel('E-mail').fill('once@mail.example');
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
    const token = await shownOnce();
    await organization.accept(token, 'Once');
    await expect(organization.accept(token, 'Twice')).rejects.toThrow();
    await visitor.open(`/workspaces/${workspace}?tab=members`);
    await visitor.page
      .getByRole('row')
      .filter({ hasText: 'once@mail.example' })
      .getByText('Once', { exact: true })
      .waitFor();
    await visitor.leave();
  });
});
