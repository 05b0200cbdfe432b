import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@gatehouse/kernel/testing';
import { auditV1, provisioningV1 } from '@gatehouse/proto-gen';
import type { AdminAnswer } from './admin-sdk';
import { newCommand } from './control-plane';
import type { Product } from './product';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const { ApiKeyRole } = provisioningV1;
const REFUSED = [401, 'SIGN_IN_REFUSED'];

interface Answered {
  readonly status: number;
  readonly body: AdminAnswer;
  readonly headers: Headers;
}

/** A browser with one cookie, as far as the console can tell. */
class Browser {
  /** As the jar has it: `name=value`. */
  cookie = '';
  csrf = '';
  /** All that it was ever told, heads and bodies. */
  heard = '';

  constructor(readonly url: string) {}

  async ask(
    method: string,
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.cookie !== '' && { cookie: this.cookie }),
        ...(method !== 'GET' && { origin: this.url, 'x-gatehouse-csrf': this.csrf }),
        'content-type': 'application/json',
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.heard += `${JSON.stringify(Object.fromEntries(response.headers))}${text}`;
    const set = response.headers.get('set-cookie')?.split(';')[0];
    if (set !== undefined) this.cookie = set.endsWith('=') ? '' : set;
    return { status: response.status, body: JSON.parse(text) as AdminAnswer, headers: response.headers };
  }

  async signIn(by: { key: string } | { link: string }): Promise<AdminAnswer> {
    const { status, body } = await this.ask('POST', '/session', by);
    if (status !== 200) throw new Error(JSON.stringify(body));
    this.csrf = String(body['csrf']);
    return body;
  }

  async refusal(...of: Parameters<Browser['ask']>): Promise<[status: number, reason: unknown]> {
    const { status, body } = await this.ask(...of);
    return [status, (body['data'] as AdminAnswer | undefined)?.['reason']];
  }

  /** A change of no consequence, which only an admin's session may make. */
  change(headers: Record<string, string> = {}): Promise<[status: number, reason: unknown]> {
    const name = `by-page-${randomBytes(4).toString('hex')}`;
    return this.refusal('POST', '/v1/admin/workspaces', { name }, headers);
  }
}

describe('sessions at the console', () => {
  let product: Product;
  const browser = (): Browser => new Browser(product.first.console);
  const signedIn = async (key = product.first.adminKey): Promise<Browser> => {
    const one = browser();
    await one.signIn({ key });
    return one;
  };
  const issue = (fields: Partial<provisioningV1.IssueApiKeyRequest> = {}) =>
    product.control().apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...{ ...newCommand(), name: 'signs in', role: ApiKeyRole.ADMIN, ...fields },
      }),
    );
  const revoke = (apiKey: provisioningV1.ApiKey | undefined) =>
    product
      .control()
      .apiKeys.revokeApiKey(
        provisioningV1.RevokeApiKeyRequest.fromPartial({ ...newCommand(), apiKeyId: apiKey?.id ?? '' }),
      );
  const isOut = (who: Browser): Promise<void> =>
    eventually(async () => expect((await who.refusal('GET', '/v1/integrations'))[0]).toBe(401));

  beforeAll(async () => {
    product = await sharedProduct();
  }, START_MS);

  it('begin with a key, which is in neither cookie nor answers nor logs, and do what the key may', async () => {
    const { secret } = await issue({ name: 'canary' });
    const one = await signedIn(secret);
    expect((await one.ask('GET', '/session')).body).toMatchObject({
      ...{ apiKey: { name: 'canary' }, member: null, role: 'admin', workspace: null, csrf: one.csrf },
      organization: { id: product.first.organization, name: 'First organization' },
    });
    expect((await one.ask('GET', '/v1/integrations')).body).toMatchObject({ object: 'list' });
    expect(await one.change()).toEqual([200, undefined]);
    expect((await one.ask('GET', '/session/ways')).body).toEqual({ secure: true, oidc: null });
    // Its id and four letters more are what keys are told apart by.
    const core = secret.slice('gh_'.length + 26 + '_'.length + 4);
    expect(core.length).toBeGreaterThan(39);
    expect(one.heard).toContain('__Host-gatehouse-session=ghs_');
    expect(one.heard).not.toContain(core);
    const logs = join(product.dataDir, 'logs');
    const written = readdirSync(logs).map((file) => readFileSync(join(logs, file), 'utf8'));
    expect(written.join('')).not.toContain(core);
    expect(written.join('')).not.toContain(one.cookie.split('=')[1]);
  });

  it('set a cookie that is held to this host and HTTPS, and that no script reads', async () => {
    const { headers } = await browser().ask('POST', '/session', { key: product.first.adminKey });
    expect(headers.get('set-cookie')).toMatch(
      /^__Host-gatehouse-session=ghs_[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('begin with nothing else, which is refused with the same words, equally late', async () => {
    const { secret: revoked, apiKey } = await issue();
    await revoke(apiKey);
    const wrong = ['gh_nobody', `${product.first.adminKey}x`, 'späße', '', product.first.apiKey, revoked];
    const late = await Promise.all(
      wrong.map(async (key) => {
        const start = performance.now();
        expect(await browser().refusal('POST', '/session', { key })).toEqual(REFUSED);
        return performance.now() - start;
      }),
    );
    expect(Math.min(...late)).toBeGreaterThan(1_400);
    const stolen = (await signedIn()).cookie.split('=')[1] ?? '';
    expect(await browser().refusal('POST', '/session', { key: stolen })).toEqual(REFUSED);
  });

  it('are of the page alone: forms and pages of others change nothing', async () => {
    const one = await signedIn();
    const form = { 'content-type': 'text/plain' };
    expect(await one.change({ origin: 'https://evil.example' })).toEqual([403, 'OTHER_ORIGIN']);
    expect(await one.change({ 'sec-fetch-site': 'cross-site' })).toEqual([403, 'OTHER_ORIGIN']);
    expect(await one.change({ ...form, origin: 'null' })).toEqual([403, 'OTHER_ORIGIN']);
    expect(await one.change({ 'x-gatehouse-csrf': '' })).toEqual([403, 'CSRF_TOKEN_MISSING']);
    const other = await signedIn();
    expect(await one.change({ 'x-gatehouse-csrf': other.csrf })).toEqual([403, 'CSRF_TOKEN_MISSING']);
    expect(await one.refusal('DELETE', '/session', undefined, { 'x-gatehouse-csrf': '' })).toEqual([
      403,
      'CSRF_TOKEN_MISSING',
    ]);
    expect(
      await one.refusal('GET', '/v1/integrations', undefined, { 'sec-fetch-site': 'cross-site' }),
    ).toEqual([403, 'OTHER_ORIGIN']);
    const evil = { origin: 'https://evil.example' };
    const key = product.first.adminKey;
    expect(await browser().refusal('POST', '/session', { key }, evil)).toEqual([403, 'OTHER_ORIGIN']);
    // Nothing of it has ended or changed the session.
    expect(await one.change()).toEqual([200, undefined]);
  });

  it('are not for names that are not this machine without HTTPS', async () => {
    const { port } = new URL(product.first.console);
    const [host, origin] = [`gatehouse.example:${port}`, `http://gatehouse.example:${port}`];
    // fetch takes no Host.
    const { request } = await import('node:http');
    const answer = await new Promise<string>((resolve) => {
      const headers = { host, origin, 'content-type': 'application/json' };
      request({ host: '127.0.0.1', port, path: '/session', method: 'POST', headers }, (response) => {
        let text = `${response.statusCode} ${String(response.headers['set-cookie'])} `;
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('end', () => resolve(text));
      }).end(JSON.stringify({ key: product.first.adminKey }));
    });
    expect(answer).toMatch(/^403 undefined .*HTTPS_REQUIRED/);
  });

  it('begin anew: what was in the cookie before ends, and nobody goes on in it', async () => {
    const fixed = await signedIn();
    const victim = browser();
    victim.cookie = fixed.cookie;
    await victim.signIn({ key: product.first.adminKey });
    expect(victim.cookie).not.toBe(fixed.cookie);
    await isOut(fixed);
    expect(await victim.change()).toEqual([200, undefined]);
  });

  it('begin once by a link, as the command line answers it', async () => {
    const { link } = JSON.parse(await product.cli('--json', 'sign-in')) as { readonly link: string };
    const [url = '', token = ''] = link.split('/#link=');
    expect([url, token.slice(0, 4)]).toEqual([product.first.console, 'ghl_']);
    const one = browser();
    await one.signIn({ link: token });
    expect(await one.change()).toEqual([200, undefined]);
    expect(await browser().refusal('POST', '/session', { link: token })).toEqual(REFUSED);
    expect(await one.change()).toEqual([200, undefined]);
  });

  it('end when somebody signs out, there or everywhere', async () => {
    const { secret } = await issue();
    const [one, two, three] = [await signedIn(secret), await signedIn(secret), await signedIn(secret)];
    const copy = browser();
    copy.cookie = one.cookie;
    expect((await one.ask('DELETE', '/session')).status).toBe(200);
    expect(one.cookie).toBe('');
    await isOut(copy);
    expect(await two.change()).toEqual([200, undefined]);
    await three.ask('DELETE', '/session?all=true');
    await isOut(two);
  });

  it('end with their key, at every service', async () => {
    const { secret, apiKey } = await issue();
    const one = await signedIn(secret);
    expect(await one.change()).toEqual([200, undefined]);
    await revoke(apiKey);
    // The registry answers the first, provisioning the second.
    await isOut(one);
    expect((await one.refusal('GET', '/v1/admin/workspaces'))[0]).toBe(401);
  });

  it('are nothing at the gateway’s port, and no key for calls', async () => {
    const one = await signedIn();
    const headers = { cookie: one.cookie, origin: product.gatewayUrl, 'x-gatehouse-csrf': one.csrf };
    const admin = await fetch(`${product.gatewayUrl}/v1/integrations`, { headers });
    expect(admin.status).toBe(401);
    const token = one.cookie.split('=')[1] ?? '';
    const models = await fetch(`${product.gatewayUrl}/v1/models`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(models.status).toBe(401);
    expect((await fetch(`${product.gatewayUrl}/session`, { headers })).status).toBe(404);
  });

  it('have no more than their key: a workspace’s admin sees its workspace', async () => {
    const { secret } = await issue({
      ...{ role: ApiKeyRole.WORKSPACE_ADMIN, workspaceId: product.first.workspace },
    });
    const lead = await signedIn(secret);
    const { body } = await lead.ask('GET', '/session');
    expect(body).toMatchObject({ role: 'workspaceAdmin', workspace: { id: product.first.workspace } });
    expect(await lead.change()).toEqual([403, 'PERMISSION_DENIED']);
  });

  it('are in the history', async () => {
    const { secret, apiKey } = await issue({ name: `seen-${randomUUID()}` });
    const one = await signedIn(secret);
    await one.ask('DELETE', '/session');
    await eventually(async () => {
      const ofKey = auditV1.ListEventsRequest.fromPartial({ actorId: apiKey?.id ?? '' });
      const { events } = await product.control().events.listEvents(ofKey);
      expect(events.map(({ type }) => type).sort()).toEqual(['SessionBegan', 'SessionEnded']);
    });
  });

  it('cannot be tried again and again', async () => {
    const wrong = Array.from({ length: 20 }, () => browser().ask('POST', '/session', { key: 'gh_wrong' }));
    const late = (await Promise.all(wrong)).filter(({ status }) => status === 429);
    expect(late.length).toBeGreaterThanOrEqual(5);
    expect(late[0]?.headers.get('retry-after')).toBe('6');
  });
});
