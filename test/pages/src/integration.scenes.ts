import { eventually } from '@gatehouse/kernel/testing';
import { FurnishedConsole } from './furnished';
import { expectLegible } from './legible';

const START_MS = 180_000;

describe('an integration, once it is connected', () => {
  let furnished: FurnishedConsole;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    furnished = await FurnishedConsole.enter();
    const connect = async (slug: string, settings: object) => {
      const { id } = await furnished.rest<{ id: string }>('POST', '/v1/gatehouse/integrations', {
        ...{ name: `Ours: ${slug}`, slug, credential: { api_key: 'sk-of-the-scenes' } },
        ...settings,
      });
      ids.set(slug, id);
    };
    await connect('vendor', { provider: 'openai', models: ['gpt-4o-mini', 'gpt-4o'] });
    await connect('azure', { provider: 'azure-openai', fields: { resource: 'ours' } });
  }, START_MS);

  afterAll(() => furnished.admin.leave());

  const open = (slug: string, tab: string) =>
    furnished.admin.open(`/integrations/${ids.get(slug)}?tab=${tab}`);
  const save = async (action: string) => {
    await furnished.dialog.getByRole('button', { name: action, exact: true }).click();
    await furnished.closed();
  };

  describe('for all workspaces', () => {
    const give = async (amount: string, toThoseThatHaveIt: boolean) => {
      await furnished.admin.button('Provision to all…').click();
      await furnished.admin.button('+ Add budget').click();
      await furnished.dialog.getByLabel('Budget limit ($)').fill(amount);
      if (toThoseThatHaveIt) await furnished.admin.toggle('Also those that have it already').click();
      await furnished.dialog.getByLabel('Reason').fill('For everybody');
      await expectLegible(furnished.admin);
      await save('Provision to all');
    };
    const told = async (sentence: string) => {
      const all = furnished.admin.page.getByRole('region', { name: 'All workspaces' });
      await eventually(async () => expect(await all.innerText()).toContain(sentence), 20_000);
    };

    it('is provisioned at once, with limits, and says how far that is', async () => {
      await open('vendor', 'workspaces');
      await give('12', false);
      await told('Done: 3 workspaces; 3 were given it');
      for (const name of ['Search team', 'Support', 'Research'])
        await furnished.row(name).getByText('$12.00 a month').waitFor();
      await expectLegible(furnished.admin);
    });

    it('has other limits, where those that have it are to have them too', async () => {
      await give('15', true);
      await told('Done: 3 workspaces; 0 were given it, 3 were changed');
      await furnished.row('Support').getByText('$15.00 a month').waitFor();
    });

    it('is disabled and enabled again', async () => {
      await furnished.admin.button('Disable for all…').click();
      await save('Disable');
      await furnished.admin.page.getByText('disabled', { exact: true }).first().waitFor();
      await furnished.admin.button('Enable for all…').click();
      await save('Enable');
      await furnished.admin.page.getByText('active', { exact: true }).first().waitFor();
    });

    it('is there for new ones with limits that are edited here', async () => {
      await furnished.admin.page.getByLabel('Reason for what is changed below').fill('For newcomers');
      await furnished.admin.toggle('Automatically provision this integration for new workspaces').click();
      await furnished.admin.button('Edit default limits').click();
      await furnished.admin.button('+ Add rate limit').click();
      await furnished.dialog.getByLabel('Maximum requests').fill('70');
      await save('Save limits');
      await furnished.admin.page.getByText('Each begins with 70 requests a minute.').waitFor();
      await furnished.admin.tab('History').click();
      await furnished.row('For newcomers').first().waitFor();
    });
  });

  describe('models', () => {
    it('are added, edited and removed', async () => {
      await open('vendor', 'models');
      await furnished.admin.button('+ Add Model').click();
      await furnished.dialog.getByLabel('Model Slug').fill('ours/tuned-1');
      await furnished.dialog.getByLabel('Model Type').selectOption('Fine-tuned');
      await furnished.dialog.getByLabel('Base Model').fill('gpt-4o-mini');
      await furnished.dialog.getByLabel(/^Output Cost/).fill('1.20');
      await furnished.dialog.getByLabel(/^Input Cost/).fill('0.30');
      await expectLegible(furnished.admin);
      await save('Add');
      await furnished.admin.page.getByLabel('Search models').fill('tuned-1');
      await eventually(async () => expect(await furnished.admin.page.getByRole('row').count()).toBe(2));
      await furnished.row('ours/tuned-1').getByText('$1.20').waitFor();
      await furnished.admin.button('Edit ours/tuned-1').click();
      await furnished.dialog.getByLabel(/^Output Cost/).fill('1.50');
      await save('Save');
      await furnished.row('ours/tuned-1').getByText('$1.50').waitFor();
      await furnished.row('ours/tuned-1').getByText('$0.30').waitFor();
      await furnished.admin.button('Remove ours/tuned-1').click();
      await save('Remove');
      await furnished.row('ours/tuned-1').waitFor({ state: 'detached' });
    });

    it('have prices of their own, and what they cost without again', async () => {
      await open('vendor', 'models');
      await furnished.admin.page.getByLabel('Search models').fill('gpt-4o-mini');
      await furnished.admin.button('Set pricing of gpt-4o-mini').click();
      await furnished.dialog.getByLabel(/^Output Cost/).fill('0.45');
      await expectLegible(furnished.admin);
      await save('Set pricing');
      const model = furnished.row(/^gpt-4o-mini(?!-)/).first();
      await model.getByText('$0.45').waitFor();
      await model.getByText('set here').waitFor();
      await furnished.admin.button('Reset pricing of gpt-4o-mini').click();
      await save('Reset pricing');
      await model.getByText('$0.60').waitFor();
    });

    it('that their provider has withdrawn are found by a filter', async () => {
      await open('vendor', 'models');
      await furnished.admin.toggle('Only withdrawn ones').click();
      await eventually(async () => {
        const rows = await furnished.admin.page.getByRole('row').allTextContents();
        expect(rows.slice(1).filter((row) => !row.includes('withdrawn'))).toEqual([]);
      });
      await expectLegible(furnished.admin);
    });
  });

  it('gets its first deployment, which is the default', async () => {
    await open('azure', 'deployments');
    await furnished.admin.page.getByText('There is no deployment yet.').waitFor();
    await expectLegible(furnished.admin);
    await furnished.admin.button('+ Add deployment').click();
    await furnished.dialog.getByLabel('Alias').fill('first');
    await furnished.dialog.getByLabel('Deployment name').fill('gpt-4o-eu');
    await furnished.dialog.getByLabel('API version').fill('2024-10-21');
    await furnished.dialog.getByLabel('Model', { exact: true }).fill('gpt-4o');
    await save('Add');
    await furnished.row('@azure/first').getByText('Default', { exact: true }).waitFor();
  });

  it('has its credential by a secret reference, where somebody chooses one', async () => {
    await furnished.rest('POST', '/v1/secret-references', {
      ...{ name: 'team-openai', manager_type: 'hashicorp_vault', secret_path: 'secret/team/openai' },
    });
    await furnished.admin.open('/integrations/connect/openai');
    await furnished.admin.page.getByLabel('Integration Name').fill('By reference');
    await furnished.admin.page.getByLabel('By a secret reference').check();
    await furnished.admin.page.getByLabel('API key', { exact: true }).selectOption('team-openai');
    await furnished.admin.page.getByLabel(/^Member of API key/).fill('key');
    await expectLegible(furnished.admin);
    await furnished.admin.button('Next').click();
    await furnished.admin.page.getByRole('heading', { name: 'Workspace Provisioning' }).waitFor();
    await furnished.admin.button('Next').click();
    await furnished.admin.button('Create Integration').click();
    await furnished.admin.page.getByText('team-openai, its member key').waitFor();
  });

  it('did nothing wrong', () => {
    expect(furnished.admin.faults).toEqual([]);
  });
});
