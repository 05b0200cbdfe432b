import { type ChatAnswer, errorOf } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import type { Visitor } from './visitor';
import { Wizard } from './wizard';

const START_MS = 180_000;
const TEAMS = ['Search team', 'Support', ...Array.from({ length: 28 }, (_, at) => `Team ${at + 10}`)];
const MODEL = 'sim-small';
const HELLO = [{ role: 'user', content: 'Hello' }];
const CANARY = 'canary-of-the-guide-5f2b81';

/** By the numbers of the sentences of the guide to which they belong. */
describe('the guide, sentence by sentence', () => {
  let shared: SharedConsole;
  let organization: Organization;
  let admin: Visitor;
  let wizard: Wizard;
  const workspaces = new Map<string, string>();
  const ids = new Map<string, string>();

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product);
    for (const name of TEAMS) workspaces.set(name, await organization.newWorkspace(name));
    admin = await shared.visitor({}, organization.adminKey);
    wizard = new Wizard(admin);
  }, START_MS);

  afterAll(() => admin.leave());

  const host = () => `${shared.product.first.simulator}/v1`;
  const content = () => admin.page.locator('#content');
  const row = (name: string) => admin.page.getByRole('row').filter({ hasText: name });
  const cards = () => admin.page.getByRole('link', { name: /^Connect / });
  const rest = async <Answer>(path: string): Promise<Answer> => {
    const headers = { 'x-portkey-api-key': organization.adminKey };
    const response = await fetch(`${shared.product.gatewayUrl}${path}`, { headers });
    return (await response.json()) as Answer;
  };
  const integrations = () => rest<{ total: number }>('/v1/gatehouse/integrations');
  const developer = async (workspace: string) =>
    shared.product.gateway(await organization.developerKey(workspaces.get(workspace) ?? ''));
  type Gateway = Awaited<ReturnType<typeof developer>>;
  const answered = (gateway: Gateway, model: string): Promise<ChatAnswer> =>
    eventually(async () => {
      const answer = await gateway.chat({
        model,
        max_tokens: 8,
        messages: HELLO,
      });
      if (answer?.status !== 200) throw new Error(`${model}: ${answer?.status} ${answer?.text}`);
      return answer;
    }, 20_000);

  describe('one page of all credentials', () => {
    it('1: has all of them for the organization, and is not there for the admin of a workspace', async () => {
      await admin.open('/integrations');
      await admin.page.getByRole('heading', { name: 'Integrations', exact: true }).waitFor();
      const key = await organization.workspaceAdminKey(workspaces.get('Support') ?? '');
      const other = await shared.visitor({}, key);
      await other.open('/integrations');
      await other.page.getByText('There is nothing here.').waitFor();
      expect(await other.page.getByRole('link', { name: 'Integrations' }).count()).toBe(0);
      await other.leave();
    });

    it('3: has three tabs, each in the address', async () => {
      await admin.open('/integrations');
      for (const [name, address] of [
        ['Connected', '?tab=connected'],
        ['Workspace-Created', '?tab=workspace-created'],
        ['All', ''],
      ] as const) {
        await admin.tab(name).click();
        await admin.page.waitForURL(`**/integrations${address}`);
        expect(await admin.tab(name).getAttribute('aria-selected')).toBe('true');
      }
      await admin.open('/integrations?tab=connected');
      await admin.page.getByText('Nothing is connected yet.').waitFor();
      expect(await admin.tab('Connected').getAttribute('aria-selected')).toBe('true');
    });

    it('4: has every provider of the catalog under All', async () => {
      const { total } = await rest<{ total: number }>('/v1/gatehouse/providers');
      expect(total).toBeGreaterThanOrEqual(50);
      await admin.open('/integrations');
      await eventually(async () => expect(await cards().count()).toBe(total));
    });

    it('5: begins there, before anything is connected', async () => {
      expect((await integrations()).total).toBe(0);
      await admin.open('/integrations');
      await admin.page.getByRole('link', { name: 'Connect OpenAI', exact: true }).waitFor();
    });

    it('10: walks a newcomer through the first integration', async () => {
      await admin.open('/integrations');
      await admin.page.getByRole('heading', { name: 'Your first integration' }).waitFor();
      expect(await admin.page.locator('.steps li').count()).toBe(4);
    });

    it('11: is what virtual keys are elsewhere, for the whole organization', async () => {
      await admin.open('/integrations');
      await admin.page.getByText('a virtual key').waitFor();
    });
  });

  describe('connecting', () => {
    it('12: finds a provider, and Connect opens the wizard', async () => {
      await admin.open('/integrations');
      await admin.page.getByLabel('Search providers').fill('anthropic');
      await eventually(async () => expect(await cards().count()).toBe(1));
      await admin.page.getByRole('link', { name: 'Connect Anthropic' }).click();
      await admin.page.getByRole('heading', { name: 'Connect Anthropic' }).waitFor();
      await admin.page.getByRole('heading', { name: 'Integration Details' }).waitFor();
    });

    it('13: has to have a name, which is free text', async () => {
      await wizard.begin({ provider: 'openai', name: '', fields: { 'API key': 'sk-any' } });
      await wizard.next();
      const name = admin.page.getByLabel('Integration Name');
      expect(await name.evaluate((input) => (input as HTMLInputElement).validity.valueMissing)).toBe(true);
      await name.fill('Ours, for “everything” & more');
      expect(await name.evaluate((input) => (input as HTMLInputElement).validity.valid)).toBe(true);
    });

    it('14: has a slug made of its name, looked up while it is typed', async () => {
      await connectSimulator('First', 'first', []);
      await wizard.begin({ provider: 'openai', name: 'Our OpenAI' });
      const slug = admin.page.getByLabel('Slug', { exact: true });
      expect(await slug.inputValue()).toBe('our-openai');
      await admin.page.getByText('@our-openai/model').waitFor();
      await slug.fill('first');
      await admin.page.getByText('is taken').waitFor();
      await slug.fill('second');
      await admin.page.getByText('It is free.').waitFor();
      await slug.fill('no slug');
      expect(await slug.evaluate((input) => (input as HTMLInputElement).validity.patternMismatch)).toBe(true);
    });

    it('15: asks for credentials by the provider’s own form, and shows a mask of them after', async () => {
      await wizard.begin({ provider: 'azure-openai', name: 'Azure' });
      await admin.page.getByLabel('Authentication').selectOption({ index: 1 });
      await admin.page.getByLabel('Client secret').waitFor();
      await wizard.begin({ provider: 'openai', name: 'Masked', fields: { 'API key': CANARY } });
      await wizard.toWorkspaces();
      await content().getByText('••••••••').waitFor();
      expect(await admin.page.content()).not.toContain(CANARY);
    });

    it('16: goes on by Next once all is valid, and shows faults at their fields', async () => {
      await wizard.begin({ provider: 'openai', name: 'Faulty', fields: { 'API key': 'sk-ü' } });
      await wizard.next();
      const key = wizard.field('API key');
      await eventually(async () => expect(await key.getAttribute('aria-invalid')).toBe('true'));
      await key.fill('sk-without');
      await wizard.toWorkspaces();
    });
  });

  describe('Azure', () => {
    const deployment = async (at: number, alias: string) => {
      await admin.button('+ Add deployment').click();
      const fields = admin.page.getByRole('group', { name: `Deployment ${at}`, exact: true });
      await fields.getByLabel('Alias').fill(alias);
      await fields.getByLabel('Deployment name').fill(MODEL);
      await fields.getByLabel('API version').fill('2024-10-21');
      await fields.getByLabel('Model', { exact: true }).fill(MODEL);
    };
    const begin = () =>
      wizard.begin({
        provider: 'azure-openai',
        name: 'Azure models',
        slug: 'azure',
        host: `${shared.product.first.simulator}/openai`,
        fields: { 'API key': 'simulator-takes-any' },
      });

    it('17: takes several deployments into one integration', async () => {
      await begin();
      await deployment(1, 'quick');
      await deployment(2, 'thorough');
      expect(await admin.page.getByLabel('Alias').count()).toBe(2);
    });

    it('18 and 19: gives each an alias of its own, and refuses one that another has at the field', async () => {
      const second = admin.page.getByRole('group', { name: 'Deployment 2', exact: true }).getByLabel('Alias');
      await second.fill('quick');
      await admin.page.getByText('Another deployment has this alias.').waitFor();
      expect(await second.getAttribute('aria-invalid')).toBe('true');
      await wizard.next();
      await admin.page.getByText('Each deployment has an alias of its own.').waitFor();
      await second.fill('thorough');
    });

    it('20: has one default, which cannot be removed while there are others', async () => {
      const defaults = admin.page.getByRole('radio', { name: 'Default' });
      expect(await defaults.nth(0).isChecked()).toBe(true);
      expect(await admin.button('Remove deployment 1').isDisabled()).toBe(true);
      await defaults.nth(1).check();
      expect(await defaults.nth(0).isChecked()).toBe(false);
      expect(await admin.button('Remove deployment 1').isDisabled()).toBe(false);
    });

    it('21: is called by an alias in place of a model', async () => {
      await wizard.toWorkspaces();
      await wizard.choose('Search team');
      await wizard.toModels();
      await wizard.addModel(MODEL);
      ids.set('azure', await wizard.create());
      await admin.page.getByText('@azure/quick').first().waitFor();
      await answered(await developer('Search team'), '@azure/quick');
    });

    it('22: means the default where no model is named', async () => {
      await admin.page.getByText('Without a model, @azure alone calls the default deployment.').waitFor();
      await answered(await developer('Search team'), '@azure');
    });
  });

  describe('private providers', () => {
    it('24: come by the toggle Local/Privately hosted provider', async () => {
      await admin.open('/integrations/connect/openai');
      expect(await admin.page.getByLabel('API specification').count()).toBe(0);
      await admin.toggle('Local/Privately hosted provider').click();
      await admin.page.getByLabel('API specification').waitFor();
      await admin.page.getByLabel('Custom Host').waitFor();
    });

    it('25: say which API specification they speak', async () => {
      const options = await admin.page.getByLabel('API specification').locator('option').allTextContents();
      expect(options).toEqual(
        expect.arrayContaining(['OpenAI, as the provider', 'Anthropic', 'Azure OpenAI']),
      );
    });

    it('26: have a custom host, and authentication headers whose values are secret', async () => {
      await admin.button('+ Add header').click();
      await admin.button('+ Add header').click();
      await admin.page.getByLabel('Header 1: name').waitFor();
      expect(await admin.page.getByLabel('Header 2: value').getAttribute('type')).toBe('password');
      await admin.page.getByLabel('Header 1: name').fill('x-team');
      await admin.page.getByLabel('Header 1: value').fill('canary-in-a-header');
      await admin.button('Remove header 2').click();
      await admin.page.getByLabel('Integration Name').fill('Private');
      await admin.page.getByLabel('Custom Host').fill(host());
      await wizard.toWorkspaces();
      expect(await admin.page.content()).not.toContain('canary-in-a-header');
    });

    it('27: have workspaces, limits and models as all others', async () => {
      await wizard.choose('Support');
      await wizard.editLimits('Support');
      await admin.page.keyboard.press('Escape');
      await wizard.toModels();
      await admin.button('+ Add Model').waitFor();
    });

    it('23: are listed beside commercial ones', async () => {
      await wizard.begin({
        provider: 'openai',
        name: 'Commercial',
        slug: 'commercial',
        fields: { 'API key': 'sk-x' },
      });
      await wizard.toWorkspaces();
      await wizard.toModels();
      ids.set('commercial', await wizard.create());
      await admin.open('/integrations?tab=connected');
      await row('@commercial').waitFor();
      await row('@first').waitFor();
    });
  });

  describe('workspaces', () => {
    it('28: are all listed', async () => {
      await wizard.begin({
        provider: 'self-hosted',
        name: 'House',
        slug: 'house',
        host: host(),
        fields: { 'API key': 'simulator-takes-any' },
      });
      await wizard.toWorkspaces();
      await admin.page.getByText(`1–25 of ${TEAMS.length}`).waitFor();
      await admin.button('Next page').click();
      await admin.page.getByText(`26–${TEAMS.length} of ${TEAMS.length}`).waitFor();
    });

    it('29: are searched by name', async () => {
      await admin.page.getByLabel('Search workspace').fill('Search');
      await admin.toggle('Search team').waitFor();
      await eventually(async () =>
        expect(await admin.page.getByRole('switch', { name: /team/i }).count()).toBe(1),
      );
    });

    it('30: have a toggle beside each name', async () => {
      const edit = admin.button('Edit Budget & Rate Limits of Search team');
      expect(await edit.isDisabled()).toBe(true);
      await admin.toggle('Search team').click();
      expect(await edit.isDisabled()).toBe(false);
      await wizard.choose('Support');
      await admin.page.getByText('2 workspaces chosen.').waitFor();
    });

    it('31, 45 and 49: have limits of their own by Edit Budget & Rate Limits: USD, reset monthly or weekly', async () => {
      await wizard.editLimits('Support');
      await admin.button('+ Add budget').click();
      await admin.page.getByLabel('Budget limit ($)').fill('0.001');
      await admin.page.getByLabel('Periodic reset').selectOption('Reset weekly');
      await admin.page.getByLabel('Periodic reset').selectOption('Reset monthly');
      await admin.button('Save limits').click();
      await admin.page.getByText('$0.001 a month', { exact: true }).waitFor();
    });

    it('32: get it by themselves when they are new, with default limits', async () => {
      await admin.toggle('Automatically provision this integration for new workspaces').click();
      await admin.button('Edit default limits').click();
      await admin.button('+ Add rate limit').click();
      await admin.page.getByLabel('Maximum requests').fill('600');
      await admin.button('Save limits').click();
      await admin.page.getByText('Each begins with 600 requests a minute.').waitFor();
    });
  });

  describe('models', () => {
    it('33: come by Next', async () => {
      await wizard.toModels();
    });

    it('37: are not enabled automatically unless somebody says so', async () => {
      const toggle = admin.toggle('Automatically enable new models from this provider');
      expect(await toggle.getAttribute('aria-checked')).toBe('false');
    });

    it('39: are the last step: nothing exists before Create Integration, and all of it then', async () => {
      const before = (await integrations()).total;
      await wizard.addModel(MODEL);
      await wizard.addModel('sim-large');
      expect((await integrations()).total).toBe(before);
      ids.set('house', await wizard.create());
      expect((await integrations()).total).toBe(before + 1);
      await admin.tab('Workspace Provisioning').click();
      await row('Support').getByText('$0.001 a month').waitFor();
    });

    it('40 and 2: leave a row under Connected at once, with its workspaces', async () => {
      await admin.open('/integrations?tab=connected');
      await row('@house').waitFor();
      const cells = await row('@house').getByRole('cell').allTextContents();
      expect(cells).toContain('2');
    });

    it('32: the workspace that comes later has it', async () => {
      workspaces.set('Later', await organization.newWorkspace('Later'));
      await answered(await developer('Later'), `@house/${MODEL}`);
    });

    it('34 and 35: are listed with price and kind, and searched', async () => {
      await wizard.begin({
        provider: 'openai',
        name: 'Few models',
        slug: 'few',
        fields: { 'API key': 'sk-x' },
      });
      await wizard.toWorkspaces();
      await wizard.toModels();
      await admin.page.getByLabel('Search models').fill('gpt-4o-mini');
      const model = admin.page.getByRole('listitem').filter({ hasText: /^gpt-4o-minichat/ });
      await model.waitFor();
      expect(await model.textContent()).toMatch(/chat; 128,000 tokens; \$0\.15 in, \$0\.60 out a million/);
    });

    it('36: are chosen after Clear all, and only those are saved', async () => {
      await admin.button('Clear all').click();
      await admin.page.getByText(/^Models \(0 of/).waitFor();
      expect(await admin.button('Create Integration').isDisabled()).toBe(true);
      await admin.page.getByRole('checkbox', { name: 'gpt-4o-mini', exact: true }).check();
      await admin.page.getByText(/^Models \(1 of/).waitFor();
      ids.set('few', await wizard.create());
      await admin.tab('Model Provisioning').click();
      await admin.toggle('Only those offered').click();
      await eventually(async () => expect(await admin.page.getByRole('row').count()).toBe(2));
      await row('gpt-4o-mini').waitFor();
    });

    it('38: an explicit list is advised where the catalog says so, and the opposite where not', async () => {
      await wizard.begin({ provider: 'openai', name: 'Advised', fields: { 'API key': 'sk-x' } });
      await wizard.toWorkspaces();
      await wizard.toModels();
      await admin.page.getByText('An explicit list is advised for OpenAI').waitFor();
      await wizard.begin({ provider: 'groq', name: 'Not advised', fields: { 'API key': 'gsk-x' } });
      await wizard.toWorkspaces();
      await wizard.toModels();
      await admin.page.getByText('enabling new models automatically saves work').waitFor();
    });
  });

  describe('limits', () => {
    const open = async () => {
      await admin.open(`/integrations/${ids.get('house')}?tab=workspaces`);
      await admin.page.getByLabel('Search workspace').fill('Search team');
      await admin.button('Edit Budget & Rate Limits of Search team').click();
    };

    it('42 to 44: belong to each workspace, of every organization', async () => {
      await open();
      expect(await admin.page.getByText(/upgrade|enterprise|plan/i).count()).toBe(0);
      await admin.page.getByText('Of Search team with this integration').waitFor();
    });

    it('46: may be of tokens', async () => {
      await admin.button('+ Add budget').click();
      await admin.page.getByLabel('Budget of').selectOption('Tokens');
      await admin.page.getByLabel('Maximum tokens').fill('1000000');
      await admin.page.getByLabel('Periodic reset').selectOption('Reset weekly');
    });

    it('47: may be of requests a minute, an hour or a day', async () => {
      await admin.button('+ Add rate limit').click();
      await admin.page.getByLabel('Maximum requests').fill('50');
      await admin.page.getByLabel('Per', { exact: true }).selectOption('Hour');
    });

    it('48: may be of tokens a minute, an hour or a day', async () => {
      await admin.button('+ Add rate limit').click();
      await admin.page.getByLabel('Rate of').last().selectOption('Tokens');
      await admin.page.getByLabel('Maximum tokens').last().fill('90000');
      await admin.page.getByLabel('Per', { exact: true }).last().selectOption('Day');
      await admin.button('Save limits').click();
      for (const limit of ['1,000,000 tokens a week', '50 requests an hour', '90,000 tokens a day'])
        await row('Search team').getByText(limit).waitFor();
    });

    it('45: a budget that is reached disables the provider for its workspace, and says until when', async () => {
      const gateway = await developer('Support');
      const refused = await eventually(async () => {
        const answer = await gateway.chat({ model: `@house/${MODEL}`, max_tokens: 64, messages: HELLO });
        if (answer?.status !== 412) throw new Error(`not yet: ${answer?.status}`);
        return answer;
      });
      expect(errorOf(refused).code).toBe('budget_exceeded');
      await admin.open(`/integrations/${ids.get('house')}?tab=workspaces`);
      await admin.page.getByLabel('Search workspace').fill('Support');
      await row('Support')
        .getByText(/exhausted until .*1, \d{4}, 00:00 UTC/)
        .waitFor();
    });
  });

  describe('whose they are', () => {
    const ask = async <Answer>(key: string, path: string, body: object): Promise<Answer> => {
      const response = await fetch(`${shared.product.gatewayUrl}${path}`, {
        method: 'POST',
        headers: { 'x-portkey-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return (await response.json()) as Answer;
    };
    const connect = (key: string, slug: string) =>
      ask<{ id: string }>(key, '/v1/gatehouse/integrations', {
        name: `Connected as ${slug}`,
        slug,
        provider: 'openai',
        credential: { api_key: 'sk-of-another' },
      });

    it('6: Connected has those of the organization, with who has connected each', async () => {
      const key = await organization.otherAdminKey('the other admin');
      await connect(key, 'of-another');
      await admin.open('/integrations?tab=connected');
      await row('@of-another').getByText('the other admin').waitFor();
      await row('@house').getByText('the admin').waitFor();
    });

    it('7: and tells those apart that you have connected yourself', async () => {
      await admin.toggle('Connected by me').click();
      await row('@of-another').waitFor({ state: 'detached' });
      await row('@house').waitFor();
    });

    it('8: Workspace-Created has those of workspaces, with the workspace and who made it', async () => {
      const key = await organization.workspaceAdminKey(workspaces.get('Search team') ?? '');
      ids.set('theirs', (await connect(key, 'theirs')).id);
      await admin.open('/integrations?tab=connected');
      await row('@house').waitFor();
      expect(await row('@theirs').count()).toBe(0);
      await admin.open('/integrations?tab=workspace-created');
      await row('@theirs').getByText('Search team').waitFor();
      await row('@theirs').getByText('admin of a workspace').waitFor();
    });

    it('9: which the organization governs like its own, and has the history of', async () => {
      await row('@theirs').getByRole('link').click();
      for (const action of ['Edit', 'Replace', 'Disable', 'Delete']) await admin.button(action).waitFor();
      await admin.button('Disable').click();
      await admin.page
        .getByRole('dialog')
        .getByLabel(/^Reason/)
        .fill('Not before it is looked at');
      await admin.page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click();
      await admin.page.getByRole('dialog').waitFor({ state: 'detached' });
      await admin.page.getByText('disabled', { exact: true }).first().waitFor();
      await admin.tab('Workspace Provisioning').click();
      await admin.button('Edit Budget & Rate Limits of Search team').waitFor();
      await admin.tab('History').click();
      await row('Not before it is looked at').getByText('the admin').waitFor();
    });
  });

  const connectSimulator = async (name: string, slug: string, teams: readonly string[]) => {
    await wizard.begin({
      provider: 'self-hosted',
      name,
      slug,
      host: host(),
      fields: { 'API key': 'simulator-takes-any' },
    });
    await wizard.toWorkspaces();
    for (const team of teams) await wizard.choose(team);
    await wizard.toModels();
    await wizard.addModel(MODEL);
    ids.set(slug, await wizard.create());
  };
});
