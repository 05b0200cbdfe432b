import { type ChatAnswer, errorOf } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { Organization } from './organization';
import { sentence } from './sentences';
import { type SharedConsole, sharedConsole } from './shared-console';
import type { Visitor } from './visitor';
import { Wizard } from './wizard';

const START_MS = 180_000;
const TEAMS = ['Search team', 'Support', ...Array.from({ length: 28 }, (_, at) => `Team ${at + 10}`)];
const MODEL = 'sim-small';
const HELLO = [{ role: 'user', content: 'Hello' }];
/** Of all calls here, in tokens of output. */
const CHEAPEST = 8;
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
  const listed = (path: string) => organization.rest<{ total: number }>('GET', path);
  const integrations = () => listed('/v1/gatehouse/integrations');
  const developer = async (workspace: string) =>
    shared.product.gateway(await organization.developerKey(workspaces.get(workspace) ?? ''));
  type Gateway = Awaited<ReturnType<typeof developer>>;
  const answered = (gateway: Gateway, model: string): Promise<ChatAnswer> =>
    eventually(async () => {
      const answer = await gateway.chat({
        model,
        max_tokens: CHEAPEST,
        messages: HELLO,
      });
      if (answer?.status !== 200) throw new Error(`${model}: ${answer?.status} ${answer?.text}`);
      return answer;
    }, 20_000);

  describe('one page of all credentials', () => {
    sentence(
      1,
      'has all of them for the organization, and is not there for the admin of a workspace',
      async () => {
        await admin.open('/integrations');
        await admin.page.getByRole('heading', { name: 'Integrations', exact: true }).waitFor();
        const key = await organization.workspaceAdminKey(workspaces.get('Support') ?? '');
        const other = await shared.visitor({}, key);
        await other.open('/integrations');
        await other.page.getByText('There is nothing here.').waitFor();
        expect(await other.page.getByRole('link', { name: 'Integrations' }).count()).toBe(0);
        await other.leave();
      },
    );

    sentence(3, 'has three tabs, each in the address', async () => {
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

    sentence(4, 'has every provider of the catalog under All', async () => {
      const { total } = await listed('/v1/gatehouse/providers');
      expect(total).toBeGreaterThanOrEqual(50);
      await admin.open('/integrations');
      await eventually(async () => expect(await cards().count()).toBe(total));
    });

    sentence(5, 'begins there, before anything is connected', async () => {
      expect((await integrations()).total).toBe(0);
      await admin.open('/integrations');
      await admin.page.getByRole('link', { name: 'Connect OpenAI', exact: true }).waitFor();
    });

    sentence(10, 'walks a newcomer through the first integration', async () => {
      await admin.open('/integrations');
      await admin.page.getByRole('heading', { name: 'Your first integration' }).waitFor();
      expect(await admin.page.locator('.steps li').count()).toBe(4);
    });

    sentence(11, 'is what virtual keys are elsewhere, which are one workspace’s here too', async () => {
      await admin.open('/integrations');
      await admin.page.getByText('a virtual key').waitFor();
      await organization.rest('POST', '/v1/virtual-keys', {
        ...{ name: 'As elsewhere', slug: 'as-elsewhere', provider: 'openai', key: 'sk-any' },
        workspace_id: workspaces.get('Support'),
      });
      await admin.open('/integrations?tab=workspace-created');
      await row('@as-elsewhere').getByText('Support').waitFor();
      await admin.open('/integrations?tab=connected');
      await admin.page.getByText('Nothing is connected yet.').waitFor();
    });
  });

  describe('connecting', () => {
    sentence(12, 'finds a provider, and Connect opens the wizard', async () => {
      await admin.open('/integrations');
      await admin.page.getByLabel('Search providers').fill('anthropic');
      await eventually(async () => expect(await cards().count()).toBe(1));
      await admin.page.getByRole('link', { name: 'Connect Anthropic' }).click();
      await admin.page.getByRole('heading', { name: 'Connect Anthropic' }).waitFor();
      await admin.page.getByRole('heading', { name: 'Integration Details' }).waitFor();
    });

    sentence(13, 'has to have a name, which is free text', async () => {
      await wizard.begin({ provider: 'openai', name: '', fields: { 'API key': 'sk-any' } });
      await wizard.next();
      const name = admin.page.getByLabel('Integration Name');
      expect(await name.evaluate((input) => (input as HTMLInputElement).validity.valueMissing)).toBe(true);
      await name.fill('Ours, for “everything” & more');
      expect(await name.evaluate((input) => (input as HTMLInputElement).validity.valid)).toBe(true);
    });

    sentence(14, 'has a slug made of its name, looked up while it is typed', async () => {
      await connectSimulator('First', 'first');
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

    sentence(
      15,
      'asks for credentials by the provider’s own form, and shows a mask of them after',
      async () => {
        await wizard.begin({ provider: 'azure-openai', name: 'Azure' });
        await admin.page.getByLabel('Authentication').selectOption({ index: 1 });
        await admin.page.getByLabel('Client secret').waitFor();
        await wizard.begin({ provider: 'openai', name: 'Masked', fields: { 'API key': CANARY } });
        await wizard.toWorkspaces();
        await content().getByText('••••••••').waitFor();
        expect(await admin.page.content()).not.toContain(CANARY);
      },
    );

    sentence(16, 'goes on by Next once all is valid, and shows faults at their fields', async () => {
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

    sentence(17, 'takes several deployments into one integration', async () => {
      await begin();
      await deployment(1, 'quick');
      await deployment(2, 'thorough');
      expect(await admin.page.getByLabel('Alias').count()).toBe(2);
    });

    const secondAlias = () =>
      admin.page.getByRole('group', { name: 'Deployment 2', exact: true }).getByLabel('Alias');

    sentence(18, 'gives each an alias of its own: two with the same do not go on', async () => {
      await secondAlias().fill('quick');
      await wizard.next();
      await admin.page.getByText('Each deployment has an alias of its own.').waitFor();
      await admin.page.getByRole('heading', { name: 'Integration Details' }).waitFor();
    });

    sentence(19, 'refuses an alias that another has at its field, until it is another one', async () => {
      await secondAlias().fill('quick');
      await admin.page.getByText('Another deployment has this alias.').waitFor();
      expect(await secondAlias().getAttribute('aria-invalid')).toBe('true');
      await secondAlias().fill('thorough');
      await admin.page.getByText('Another deployment has this alias.').waitFor({ state: 'detached' });
      expect(await secondAlias().getAttribute('aria-invalid')).not.toBe('true');
    });

    sentence(20, 'has one default, which cannot be removed while there are others', async () => {
      const defaults = admin.page.getByRole('radio', { name: 'Default' });
      expect(await defaults.nth(0).isChecked()).toBe(true);
      expect(await admin.button('Remove deployment 1').isDisabled()).toBe(true);
      await defaults.nth(1).check();
      expect(await defaults.nth(0).isChecked()).toBe(false);
      expect(await admin.button('Remove deployment 1').isDisabled()).toBe(false);
    });

    sentence(21, 'is called by an alias in place of a model', async () => {
      await wizard.toWorkspaces();
      await wizard.choose('Search team');
      await wizard.toModels();
      await wizard.addModel(MODEL);
      ids.set('azure', await wizard.create());
      await admin.page.getByText('@azure/quick').first().waitFor();
      await answered(await developer('Search team'), '@azure/quick');
    });

    sentence(22, 'means the default where no model is named', async () => {
      await admin.page.getByText('Without a model, @azure alone calls the default deployment.').waitFor();
      await answered(await developer('Search team'), '@azure');
    });
  });

  describe('private providers', () => {
    sentence(24, 'come by the toggle Local/Privately hosted provider', async () => {
      await admin.open('/integrations/connect/openai');
      expect(await admin.page.getByLabel('API specification').count()).toBe(0);
      await admin.toggle('Local/Privately hosted provider').click();
      await admin.page.getByLabel('API specification').waitFor();
      await admin.page.getByLabel('Custom Host').waitFor();
    });

    sentence(25, 'say which API specification they speak', async () => {
      const options = await admin.page.getByLabel('API specification').locator('option').allTextContents();
      expect(options).toEqual(
        expect.arrayContaining(['OpenAI, as the provider', 'Anthropic', 'Azure OpenAI']),
      );
    });

    sentence(26, 'have a custom host, and authentication headers whose values are secret', async () => {
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

    sentence(27, 'have workspaces, limits and models as all others', async () => {
      await wizard.choose('Support');
      await wizard.editLimits('Support');
      await admin.page.keyboard.press('Escape');
      await wizard.toModels();
      await admin.button('+ Add Model').waitFor();
    });

    sentence(23, 'are listed beside commercial ones', async () => {
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
    sentence(28, 'are all listed', async () => {
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

    sentence(29, 'are searched by name', async () => {
      await admin.page.getByLabel('Search workspace').fill('Search');
      await admin.toggle('Search team').waitFor();
      await eventually(async () =>
        expect(await admin.page.getByRole('switch', { name: /team/i }).count()).toBe(1),
      );
    });

    sentence(30, 'have a toggle beside each name', async () => {
      const edit = admin.button('Edit Budget & Rate Limits of Search team');
      expect(await edit.isDisabled()).toBe(true);
      await admin.toggle('Search team').click();
      expect(await edit.isDisabled()).toBe(false);
      await wizard.choose('Support');
      await admin.page.getByText('2 workspaces chosen.').waitFor();
    });

    sentence(31, 'have limits of their own by Edit Budget & Rate Limits', async () => {
      await wizard.editLimits('Support');
      await admin.page.getByText('Of Support with this integration, and of nothing else.').waitFor();
      await admin.button('+ Add budget').click();
      await admin.page.getByLabel('Budget limit ($)').fill('0.001');
      await admin.button('Save limits').click();
      await admin.page.getByText('$0.001 a month', { exact: true }).waitFor();
      await admin.page.getByLabel('Search workspace').fill('Search team');
      await admin.page
        .getByRole('listitem')
        .filter({ hasText: 'Search team' })
        .getByText('no limits')
        .waitFor();
    });
  });

  describe('models', () => {
    sentence(33, 'come by Next', async () => {
      await wizard.toModels();
    });

    sentence(37, 'are not enabled automatically unless somebody says so', async () => {
      const toggle = admin.toggle('Automatically enable new models from this provider');
      expect(await toggle.getAttribute('aria-checked')).toBe('false');
    });

    sentence(
      39,
      'are the last step: nothing exists before Create Integration, and all of it then',
      async () => {
        const before = (await integrations()).total;
        await wizard.addModel(MODEL);
        await wizard.addModel('sim-large');
        expect((await integrations()).total).toBe(before);
        ids.set('house', await wizard.create());
        expect((await integrations()).total).toBe(before + 1);
        await admin.tab('Workspace Provisioning').click();
        await row('Support').getByText('$0.001 a month').waitFor();
      },
    );

    sentence(40, 'leave a row under Connected at once', async () => {
      await admin.open('/integrations?tab=connected');
      await row('@house').getByText('House', { exact: true }).waitFor();
      await row('@house').getByText('active').waitFor();
    });

    sentence(2, 'are created once and provisioned to many, who call the same', async () => {
      const cells = await row('@house').getByRole('cell').allTextContents();
      expect(cells).toContain('2');
      for (const team of ['Search team', 'Support']) await answered(await developer(team), `@house/${MODEL}`);
    });

    sentence(32, 'come to workspaces that are new by themselves, with default limits', async () => {
      await connectSimulator('For the new', 'for-the-new', async () => {
        await admin.toggle('Automatically provision this integration for new workspaces').click();
        await admin.button('Edit default limits').click();
        await admin.button('+ Add rate limit').click();
        await admin.page.getByLabel('Maximum requests').fill('600');
        await admin.button('Save limits').click();
        await admin.page.getByText('Each begins with 600 requests a minute.').waitFor();
      });
      workspaces.set('Later', await organization.newWorkspace('Later'));
      await answered(await developer('Later'), `@for-the-new/${MODEL}`);
      await openProvision('for-the-new', 'Later');
      await row('Later').getByText('600 requests a minute').waitFor();
    });

    sentence(34, 'are all of the provider’s', async () => {
      const { total } = await listed('/v1/gatehouse/providers/openai/models');
      expect(total).toBeGreaterThan(20);
      await wizard.begin({
        provider: 'openai',
        name: 'Few models',
        slug: 'few',
        fields: { 'API key': 'sk-x' },
      });
      await wizard.toWorkspaces();
      await wizard.toModels();
      const models = admin.page.getByRole('group', { name: new RegExp(`^Models \\(\\d+ of ${total}\\)`) });
      await models.waitFor();
      expect(await models.getByRole('checkbox').count()).toBe(total);
    });

    sentence(35, 'are told by name, kind and price, and searched', async () => {
      await admin.page.getByLabel('Search models').fill('gpt-4o-mini');
      const model = admin.page.getByRole('listitem').filter({ hasText: /^gpt-4o-minichat/ });
      await model.waitFor();
      expect(await model.textContent()).toMatch(/chat; 128,000 tokens; \$0\.15 in, \$0\.60 out a million/);
      const names = admin.page.getByRole('listitem').locator('code');
      await eventually(async () =>
        expect((await names.allTextContents()).filter((name) => !name.includes('gpt-4o-mini'))).toEqual([]),
      );
    });

    sentence(36, 'are chosen after Clear all, and only those are saved', async () => {
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

    sentence(
      38,
      'an explicit list is advised where the catalog says so, and the opposite where not',
      async () => {
        await wizard.begin({ provider: 'openai', name: 'Advised', fields: { 'API key': 'sk-x' } });
        await wizard.toWorkspaces();
        await wizard.toModels();
        await admin.page.getByText('An explicit list is advised for OpenAI').waitFor();
        await wizard.begin({ provider: 'groq', name: 'Not advised', fields: { 'API key': 'gsk-x' } });
        await wizard.toWorkspaces();
        await wizard.toModels();
        await admin.page.getByText('enabling new models automatically saves work').waitFor();
      },
    );
  });

  describe('limits', () => {
    const limitsOf = async (team: string): Promise<string[]> => {
      await openProvision('house', team);
      return row(team).getByRole('listitem').allTextContents();
    };

    sentence(42, 'are edited for one workspace with this integration', async () => {
      await openProvision('house', 'Search team');
      await admin.button('Edit Budget & Rate Limits of Search team').click();
      await admin.page.getByText('Of Search team with this integration').waitFor();
    });

    sentence(46, 'may be of tokens', async () => {
      await admin.button('+ Add budget').click();
      await admin.page.getByLabel('Budget of').selectOption('Tokens');
      await admin.page.getByLabel('Maximum tokens').fill('1000000');
      await admin.page.getByLabel('Periodic reset').selectOption('Reset weekly');
    });

    sentence(47, 'may be of requests a minute, an hour or a day', async () => {
      await admin.button('+ Add rate limit').click();
      await admin.page.getByLabel('Maximum requests').fill('50');
      await admin.page.getByLabel('Per', { exact: true }).selectOption('Hour');
    });

    sentence(48, 'may be of tokens a minute, an hour or a day', async () => {
      await admin.button('+ Add rate limit').click();
      await admin.page.getByLabel('Rate of').last().selectOption('Tokens');
      await admin.page.getByLabel('Maximum tokens').last().fill('90000');
      await admin.page.getByLabel('Per', { exact: true }).last().selectOption('Day');
      await admin.button('Save limits').click();
      for (const limit of ['1,000,000 tokens a week', '50 requests an hour', '90,000 tokens a day'])
        await row('Search team').getByText(limit).waitFor();
    });

    sentence(43, 'are nobody else’s: another workspace’s stay as they were', async () => {
      expect(await limitsOf('Support')).toEqual([expect.stringMatching(/^\$0\.001 a month /)]);
      await openProvision('first', 'Search team');
      expect(await row('Search team').getByRole('listitem').count()).toBe(0);
    });

    sentence(44, 'are had by every organization, whatever kind they are: there are no plans', async () => {
      expect(await limitsOf('Search team')).toHaveLength(3);
      await admin.button('Edit Budget & Rate Limits of Search team').click();
      await admin.button('+ Add budget').waitFor();
      expect(await admin.page.getByText(/upgrade|enterprise|\bplans?\b/i).count()).toBe(0);
    });

    sentence(49, 'begin anew weekly or monthly, and say when', async () => {
      const resetOf = async (team: string, limit: string): Promise<Date> => {
        const told = (await limitsOf(team)).find((text) => text.startsWith(limit)) ?? '';
        return new Date(/resets (.*) UTC$/.exec(told)?.[1]?.concat(' UTC') ?? told);
      };
      await eventually(async () => {
        const [weekly, monthly] = [
          await resetOf('Search team', '1,000,000 tokens a week'),
          await resetOf('Support', '$0.001 a month'),
        ];
        const days = (reset: Date) => (reset.getTime() - Date.now()) / 86_400_000;
        for (const reset of [weekly, monthly]) expect(days(reset)).toBeGreaterThan(0);
        expect([days(weekly) <= 7, weekly.getUTCHours()]).toEqual([true, 0]);
        expect([days(monthly) <= 31, monthly.getUTCDate(), monthly.getUTCHours()]).toEqual([true, 1, 0]);
      }, 20_000);
    });

    sentence(
      45,
      'are budgets in USD: one that is reached disables the provider for its workspace, and says until when',
      async () => {
        const gateway = await developer('Support');
        const refusalOf = (maxTokens: number) =>
          eventually(async () => {
            const call = { model: `@house/${MODEL}`, max_tokens: maxTokens, messages: HELLO };
            const answer = await gateway.chat(call);
            if (answer?.status !== 412) throw new Error(`not yet: ${answer?.status}`);
            return answer;
          }, 20_000);
        // It is used up once the cheapest call does not fit either.
        for (const maxTokens of [64, CHEAPEST])
          expect(errorOf(await refusalOf(maxTokens)).code).toBe('budget_exceeded');
        await eventually(async () => {
          await openProvision('house', 'Support');
          const status = row('Support').getByText(/exhausted until .*1, \d{4}, 00:00 UTC/);
          await status.waitFor({ timeout: 3_000 });
        }, 30_000);
      },
    );
  });

  describe('whose they are', () => {
    const connect = (key: string, slug: string) => {
      const named = { name: `Connected as ${slug}`, slug, provider: 'openai' };
      const given = { ...named, credential: { api_key: 'sk-of-another' } };
      return organization.rest<{ id: string }>('POST', '/v1/gatehouse/integrations', given, key);
    };

    sentence(6, 'Connected has those of the organization, with who has connected each', async () => {
      const key = await organization.otherAdminKey('the other admin');
      await connect(key, 'of-another');
      await admin.open('/integrations?tab=connected');
      await row('@of-another').getByText('the other admin').waitFor();
      await row('@house').getByText('the admin').waitFor();
    });

    sentence(7, 'and tells those apart that you have connected yourself', async () => {
      await admin.toggle('Connected by me').click();
      await row('@of-another').waitFor({ state: 'detached' });
      await row('@house').waitFor();
    });

    sentence(8, 'Workspace-Created has those of workspaces, with the workspace and who made it', async () => {
      const key = await organization.workspaceAdminKey(workspaces.get('Search team') ?? '');
      ids.set('theirs', (await connect(key, 'theirs')).id);
      await admin.open('/integrations?tab=connected');
      await row('@house').waitFor();
      expect(await row('@theirs').count()).toBe(0);
      await admin.open('/integrations?tab=workspace-created');
      await row('@theirs').getByText('Search team').waitFor();
      await row('@theirs').getByText('admin of a workspace').waitFor();
    });

    sentence(9, 'which the organization governs like its own, and has the history of', async () => {
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

  /** To a workspace's row of the integration's page. */
  const openProvision = async (slug: string, team: string) => {
    await admin.open(`/integrations/${ids.get(slug)}?tab=workspaces`);
    await admin.page.getByLabel('Search workspace').fill(team);
    await eventually(async () => expect(await admin.page.getByRole('row').count()).toBe(2));
    await row(team).waitFor();
  };

  const connectSimulator = async (name: string, slug: string, provision = () => Promise.resolve()) => {
    await wizard.begin({
      provider: 'self-hosted',
      name,
      slug,
      host: host(),
      fields: { 'API key': 'simulator-takes-any' },
    });
    await wizard.toWorkspaces();
    await provision();
    await wizard.toModels();
    await wizard.addModel(MODEL);
    ids.set(slug, await wizard.create());
  };
});
