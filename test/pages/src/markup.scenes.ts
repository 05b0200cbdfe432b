import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { newCommand } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import { furnish, type Furnished, SHOWN_PAGES } from './shown-pages';
import { Visitor } from './visitor';

const START_MS = 180_000;
/** Would say so by a dialog, whichever way it is taken for something else than text. */
const MARKUP = `"'><img src=x onerror=alert(1)><script>alert(2)</script>`;
const ADDRESS = '<img/src=x/onerror=alert(3)>@mail.example';

describe('what looks like markup', () => {
  let shared: SharedConsole;
  let visitor: Visitor;

  /** What is none of the page's own: it makes no picture, no frame, no handler of a text, and no link that runs. */
  const foreign = (): Promise<string[]> =>
    visitor.page.evaluate(() => {
      const handlers = [...document.querySelectorAll('*')].filter((element) =>
        element.getAttributeNames().some((name) => name.startsWith('on')),
      );
      const loaded = document.querySelectorAll(
        'img, iframe, object, embed, base, script:not([src^="/assets/"])',
      );
      const links = [...document.links].filter(({ protocol }) => !/^https?:$/.test(protocol));
      return [...handlers, ...loaded, ...links].map(({ outerHTML }) => outerHTML);
    });
  const isText = async (path: string, text = MARKUP): Promise<void> => {
    await visitor.open(path);
    await visitor.page.getByText(text).first().waitFor();
    expect([path, await foreign(), visitor.faults]).toEqual([path, [], []]);
  };

  beforeAll(async () => {
    shared = await sharedConsole();
  }, START_MS);

  describe('as a name, a description, a reason, or what a provider answers', () => {
    let organization: Organization;
    let provider: Server;
    const ids = { workspace: '', house: '', azure: '', refused: '' };

    beforeAll(async () => {
      organization = await Organization.found(shared.product, MARKUP);
      provider = createServer((_request, response) => {
        const message = { error: { message: MARKUP, type: MARKUP, code: MARKUP } };
        response.writeHead(401, { 'content-type': 'application/json', 'x-request-id': MARKUP });
        response.end(JSON.stringify(message));
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => provider.once('listening', resolve));
      ids.workspace = await organization.newWorkspace(MARKUP, MARKUP);
      const connect = async (slug: string, more: object): Promise<string> => {
        const { id } = await organization.rest<{ id: string }>('POST', '/v1/gatehouse/integrations', {
          ...{ name: MARKUP, slug, description: MARKUP, reason: MARKUP },
          workspaces: [{ workspace_id: ids.workspace, limits: [budget] }],
          ...more,
        });
        return id;
      };
      const budget = { kind: 'budget', name: MARKUP, unit: 'usd', amount: '25', reset: 'monthly' };
      // Of these markup is refused.
      const deployment = {
        alias: 'quick',
        deployment_name: 'quick',
        api_version: '2024-10-21',
        model: 'gpt-4o',
      };
      const tokens = { context_window: 1_000, max_output_tokens: 100 };
      const custom = { ...tokens, name: MARKUP, input_usd_per_million: '1', output_usd_per_million: '1' };
      ids.house = await connect('house', {
        ...{ provider: 'self-hosted', credential: { api_key: 'simulator-takes-any' } },
        custom_host: `${shared.product.first.simulator}/v1`,
        custom_models: [custom],
      });
      ids.azure = await connect('azure', {
        ...{ provider: 'azure-openai', credential: { api_key: MARKUP }, local: true },
        custom_host: `http://127.0.0.1:9/${encodeURI(MARKUP)}`,
        headers: { 'x-team': MARKUP },
        deployments: [{ ...deployment, is_default: true }],
      });
      ids.refused = await connect('refused', {
        ...{ provider: 'self-hosted', credential: { api_key: 'sk-refused' } },
        custom_host: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
        custom_models: [custom],
      });
      await organization.rest('POST', '/v1/policies/usage-limits', {
        ...{ name: MARKUP, type: 'cost', credit_limit: 5, group_by: [{ key: 'api_key' }] },
        conditions: [{ key: 'workspace_id', value: ids.workspace }],
      });
      await organization.rest('PUT', `/v1/admin/workspaces/${ids.workspace}`, {
        usage_limits: [{ type: 'cost', credit_limit: 50, periodic_reset: 'weekly' }],
      });
      visitor = await shared.visitor({}, await organization.otherAdminKey(MARKUP));
    }, START_MS);

    afterAll(async () => {
      await visitor.leave();
      provider.closeAllConnections();
      provider.close();
    });

    it('is text on an integration’s pages', async () => {
      await isText('/integrations?tab=connected');
      for (const id of [ids.house, ids.azure])
        for (const tab of ['details', 'workspaces', 'models', 'history', 'deployments'])
          await isText(`/integrations/${id}?tab=${tab}`);
    });

    it('is text in what a provider refuses, and in its health', async () => {
      await visitor.open(`/integrations/${ids.refused}`);
      await visitor.button('Test connection').click();
      await visitor.page.getByText(/HTTP 401/).waitFor();
      const gateway = shared.product.gateway(await organization.developerKey(ids.workspace));
      const call = {
        model: `@refused/${MARKUP}`,
        max_tokens: 8,
        messages: [{ role: 'user', content: 'Hi' }],
      };
      await eventually(async () => {
        const answer = await gateway.chat(call);
        if (answer?.status !== 502) throw new Error(`${answer?.status} ${answer?.text}`);
      }, 20_000);
      await isText(`/integrations/${ids.refused}`);
    });

    it('is text in usage, which has names of models and what callers say of themselves', async () => {
      const gateway = shared.product.gateway(await organization.developerKey(ids.workspace));
      const call = { model: `@house/${MARKUP}`, max_tokens: 8, messages: [{ role: 'user', content: 'Hi' }] };
      const headers = { 'x-gatehouse-metadata': JSON.stringify({ team: MARKUP }) };
      await eventually(async () => expect((await gateway.chat(call, { headers }))?.status).toBe(200), 20_000);
      for (const by of ['model', 'workspace', 'integration'])
        await eventually(async () => {
          await visitor.open(`/usage?by=${by}`);
          await visitor.page.getByRole('cell').getByText(MARKUP).first().waitFor({ timeout: 3_000 });
          expect([await foreign(), visitor.faults]).toEqual([[], []]);
        }, 30_000);
    });

    it('is text on a workspace’s pages: keys, people and their addresses, limits', async () => {
      const { control } = organization;
      await control.apiKeys.issueApiKey(
        provisioningV1.IssueApiKeyRequest.fromPartial({
          ...{ ...newCommand(), name: MARKUP, reason: MARKUP, workspaceId: ids.workspace },
          role: provisioningV1.ApiKeyRole.WORKSPACE,
        }),
      );
      await organization.join(ADDRESS, MARKUP, {
        organization: provisioningV1.OrganizationRole.MEMBER,
        workspaces: [{ workspaceId: ids.workspace, role: provisioningV1.WorkspaceRole.MEMBER }],
      });
      await isText('/workspaces');
      for (const tab of ['providers', 'models', 'keys', 'members', 'limits', 'history'])
        await isText(`/workspaces/${ids.workspace}?tab=${tab}`);
      await isText(`/workspaces/${ids.workspace}?tab=members`, ADDRESS);
      await isText('/history');
    });

    it('is text in what is looked for, and in addresses', async () => {
      const said = encodeURIComponent(MARKUP);
      await isText(`/integrations?search=${said}`, 'No provider is called');
      await isText(`/integrations/connect/${said}`, 'The catalog has no such provider.');
      for (const path of [`/integrations/${said}`, `/workspaces/${said}`, `/${said}`, `/?${said}#${said}`]) {
        await visitor.open(path);
        await visitor.page.locator('#content h1, #content nav, #content p').first().waitFor();
        expect([path, await foreign(), visitor.faults]).toEqual([path, [], []]);
      }
      await visitor.open('/access');
      for (const label of [/^AI provider/, /^Model/]) await visitor.page.getByLabel(label).fill(MARKUP);
      await visitor.page.getByLabel('Workspace').selectOption({ label: MARKUP });
      await visitor.button('Explain').click();
      await visitor.page.getByText('It would be refused').waitFor();
      expect([await foreign(), visitor.faults]).toEqual([[], []]);
    });

    it('is refused in words, where it cannot be', async () => {
      await visitor.open('/integrations/connect/azure-openai');
      await visitor.button('+ Add deployment').click();
      await visitor.page.getByLabel('Alias').fill(MARKUP);
      await visitor.page.getByText('Letters, digits, and').waitFor();
      await visitor.page.getByLabel('Integration Name').fill(MARKUP);
      await visitor.page.getByLabel('Slug', { exact: true }).fill(MARKUP);
      await visitor.page.getByText(`@${MARKUP}/model`).waitFor();
      expect([await foreign(), visitor.faults]).toEqual([[], []]);
    });

    it('is text in what waits for approval', async () => {
      await organization.rest('PUT', '/v1/gatehouse/approval-policy', { required: true, reason: MARKUP });
      const path = `/v1/gatehouse/integrations/${ids.house}/workspaces`;
      const limits = [{ kind: 'budget', name: MARKUP, unit: 'usd', amount: '2500', reset: 'monthly' }];
      const more = { workspaces: [{ workspace_id: ids.workspace, enabled: true, limits }], reason: MARKUP };
      await eventually(async () =>
        expect(organization.rest('PUT', path, more)).rejects.toThrow('APPROVAL_REQUIRED'),
      );
      await isText('/approvals');
    });
  });

  describe('in whatever else an answer says', () => {
    let furnished: Furnished;

    /** Words of a closed list, figures and moments stay: they are the product’s own, and what a page goes by. */
    const forged = (value: unknown, key = ''): unknown => {
      if (typeof value === 'string') {
        if (/^(csrf|pattern|object|.*_id|id)$/.test(key) || /^[\d.:TZ+-]*$/.test(value)) return value;
        const isFree = /^(name|slug|model|label|explanation|message)$/.test(key);
        return isFree || !/^[\w-]+$/.test(value) ? value + MARKUP : value;
      }
      if (Array.isArray(value)) return value.map((one) => forged(one, key));
      if (typeof value !== 'object' || value === null) return value;
      // A provider of the catalog has a name for people beside it.
      const { name: kept } = 'display_name' in value ? (value as { readonly name?: unknown }) : {};
      const all = Object.entries(value).map(([name, one]) => [name, forged(one, name)]);
      return { ...Object.fromEntries(all), ...(kept !== undefined && { name: kept }) };
    };

    beforeAll(async () => {
      const organization = await Organization.found(shared.product);
      furnished = await furnish(organization, `${shared.product.first.simulator}/v1`);
      visitor = await shared.visitor({}, organization.adminKey);
      await visitor.page.route(/\/(v1|session)\b/, async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        // Names that come of a forged answer are asked for as they were.
        const url = route.request().url().replaceAll(encodeURIComponent(MARKUP), '');
        const response = await route.fetch({ url });
        await route.fulfill({ response, json: forged(await response.json()) });
      });
    }, START_MS);

    afterAll(() => visitor.leave());

    it('is text on every page: the catalog’s words, forms, health, names', async () => {
      for (const { name, ...shown } of SHOWN_PAGES) {
        await visitor.show(shown, furnished);
        await visitor.page.getByText(MARKUP).first().waitFor();
        expect([name, await foreign(), visitor.faults]).toEqual([name, [], []]);
      }
    });

    it('is text where somebody signs in: the name of an identity provider', async () => {
      const stranger = await Visitor.come(shared.browser, shared.product.first.console);
      await stranger.page.route('**/session/ways', (route) =>
        route.fulfill({ json: { secure: true, oidc: { name: MARKUP } } }),
      );
      await stranger.open('/');
      await stranger.page.getByRole('link', { name: `Sign in with ${MARKUP}`, exact: true }).waitFor();
      expect(stranger.faults).toEqual([]);
      await stranger.leave();
    });
  });
});
