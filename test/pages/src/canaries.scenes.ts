import { newCommand } from '@gatehouse/e2e';
import { registryV1 } from '@gatehouse/proto-gen';
import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import type { Visitor } from './visitor';
import { Wizard } from './wizard';

const START_MS = 180_000;
const SECRET = 'sk-canary-9f4c1d77-never-shown';
const HEADER = 'canary-of-a-header-77aa';
/** Would say so by a dialog, whichever way it is taken. */
const MARKUP = `"'><img src=x onerror=alert(1)><script>alert(2)</script>`;

describe('what is typed into the page', () => {
  let shared: SharedConsole;
  let organization: Organization;
  let visitor: Visitor;

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product);
    visitor = await shared.visitor({}, organization.adminKey);
  }, START_MS);

  afterAll(() => visitor.leave());

  const everywhere = async (): Promise<string> => {
    const { page } = visitor;
    const kept = await page.evaluate(() =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        history.state,
        location.href,
        document.cookie,
      ]),
    );
    const fields = await page.evaluate(() =>
      [...document.querySelectorAll('input, textarea')]
        .map((field) => (field as HTMLInputElement).value)
        .join('\n'),
    );
    return [await page.content(), kept, fields].join('\n');
  };

  it('50 to 55: a credential is in its field alone, goes once, and is nowhere in page, storage, history or answers', async () => {
    const wizard = new Wizard(visitor);
    await wizard.begin({
      provider: 'self-hosted',
      name: 'Canary',
      slug: 'canary',
      host: `${shared.product.first.simulator}/v1`,
      fields: { 'API key': SECRET },
    });
    await visitor.button('+ Add header').click();
    await visitor.page.getByLabel('Header 1: name').fill('x-canary');
    await visitor.page.getByLabel('Header 1: value').fill(HEADER);
    expect(visitor.traffic.some(({ sent }) => sent.includes(SECRET))).toBe(false);
    await wizard.toWorkspaces();
    for (const secret of [SECRET, HEADER]) expect(await everywhere()).not.toContain(secret);
    await visitor.button('Back').click();
    for (const secret of [SECRET, HEADER]) expect(await everywhere()).not.toContain(secret);
    await wizard.toWorkspaces();
    await wizard.toModels();
    await wizard.addModel('sim-small');
    await wizard.create();
    await visitor.tab('History').click();
    await visitor.page.getByText('Integration connected').waitFor();
    for (const secret of [SECRET, HEADER]) {
      expect(await everywhere()).not.toContain(secret);
      expect(visitor.traffic.filter(({ sent }) => sent.includes(secret))).toHaveLength(1);
      expect(visitor.traffic.filter(({ got, url }) => (got + url).includes(secret))).toEqual([]);
    }
  });

  it('50 to 55: ids have nothing of the secret, and the key that signed in is nowhere either', async () => {
    expect(visitor.page.url()).toMatch(/\/integrations\/int_[0-9a-z]+/);
    expect(await everywhere()).not.toContain(organization.adminKey);
    const sent = visitor.traffic.filter((one) => one.sent.includes(organization.adminKey));
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/session']);
    expect(visitor.traffic.filter(({ got }) => got.includes(organization.adminKey))).toEqual([]);
  });

  it('is text, whatever it looks like: names, descriptions, reasons, models, searches', async () => {
    const { page } = visitor;
    const { integration } = await organization.control.integrations.connectIntegration(
      registryV1.ConnectIntegrationRequest.fromPartial({
        ...newCommand(),
        reason: MARKUP,
        name: MARKUP,
        slug: 'markup',
        provider: 'self-hosted',
        customHost: `${shared.product.first.simulator}/v1`,
        customModels: [{ name: MARKUP, maxOutputTokens: 10n, contextWindow: 100n }],
      }),
    );
    await organization.newWorkspace(MARKUP);
    const one = `/integrations/${integration?.id ?? ''}`;
    for (const path of [
      '/integrations?tab=connected',
      one,
      `${one}?tab=workspaces`,
      `${one}?tab=models`,
      `${one}?tab=history`,
    ]) {
      await visitor.open(path);
      await page.getByText(MARKUP).first().waitFor();
      expect(await page.locator('#page img, #page script').count()).toBe(0);
    }
    await visitor.open(`/integrations?search=${encodeURIComponent(MARKUP)}`);
    await page.getByText('No provider is called').waitFor();
    await visitor.open(`/integrations/connect/${encodeURIComponent(MARKUP)}`);
    await page.getByText('The catalog has no such provider.').waitFor();
    expect(visitor.faults).toEqual([]);
  });
});
