import { eventually } from '@gatehouse/kernel/testing';
import { Organization } from './organization';
import { sentence } from './sentences';
import { type SharedConsole, sharedConsole } from './shared-console';
import { furnish } from './shown-pages';
import type { Visitor } from './visitor';

const START_MS = 180_000;

describe('the pages of those who use what is connected', () => {
  let shared: SharedConsole;
  let organization: Organization;
  let admin: Visitor;
  const workspaces = new Map<string, string>();

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product);
    await furnish(organization, `${shared.product.first.simulator}/v1`);
    const { data } = await rest<{ data: { id: string; name: string }[] }>('GET', '/v1/admin/workspaces');
    for (const { id, name } of data) workspaces.set(name, id);
    await rest('PUT', '/v1/gatehouse/integrations/house/workspaces', {
      reason: 'They asked',
      workspaces: [
        {
          workspace_id: team(),
          enabled: true,
          limits: [{ kind: 'budget', name: 'Of the board', unit: 'usd', amount: '25', reset: 'monthly' }],
        },
      ],
    });
    admin = await shared.visitor({}, organization.adminKey);
  }, START_MS);

  afterAll(() => admin.leave());

  const team = () => workspaces.get('Search team') ?? '';
  const page = (tab: string) => `/workspaces/${team()}?tab=${tab}`;
  const rest = <Answer>(method: string, path: string, body?: object) =>
    organization.rest<Answer>(method, path, body);
  const row = (name: string | RegExp) => admin.page.getByRole('row').filter({ hasText: name });
  const dialog = () => admin.page.getByRole('dialog');
  const call = async (): Promise<void> => {
    const gateway = await shared.product.gateway(await organization.developerKey(team()));
    await eventually(async () => {
      const answer = await gateway.chat({
        model: '@house/sim-small',
        max_tokens: 8,
        messages: [{ role: 'user', content: 'Hello' }],
      });
      expect(answer?.status).toBe(200);
    }, 20_000);
  };

  sentence(
    41,
    'have an AI provider in their model catalog, with chosen models and what is left of its limits',
    async () => {
      await admin.open(page('providers'));
      await row('@house').getByText('$25.00 a month').waitFor();
      await admin.open(page('models'));
      await row('@house/sim-small').getByText('$0.50').waitFor();
      await admin.page.getByLabel('curl', { exact: true }).getByText('@house/sim-small').waitFor();
    },
  );

  it('have limits that keep their names when others are added', async () => {
    await admin.open('/integrations?tab=connected');
    await admin.page.getByRole('link', { name: 'House models' }).click();
    await admin.tab('Workspace Provisioning').click();
    await admin.button('Edit Budget & Rate Limits of Search team').click();
    await admin.button('+ Add rate limit').click();
    await dialog().getByLabel('Maximum requests').fill('6000');
    await admin.button('Save limits').click();
    await dialog().waitFor({ state: 'detached' });
    const { data } = await rest<{ data: { limits: { name: string | null; amount: string }[] }[] }>(
      'GET',
      '/v1/gatehouse/integrations/house/workspaces?access=enabled',
    );
    expect(data[0]?.limits.map(({ name, amount }) => [name, amount])).toEqual([
      ['Of the board', '25.00'],
      [null, '6000'],
    ]);
  });

  it('have keys, whose secret is shown once', async () => {
    await admin.open(page('keys'));
    await admin.button('New API key').click();
    await dialog().getByLabel('Name').fill('nightly <b>job</b>');
    await admin.button('Issue key').click();
    const secret = (await dialog().getByLabel('The secret', { exact: true }).textContent()) ?? '';
    expect(secret).toMatch(/^gh_\S+$/);
    await admin.button('I have it').click();
    await row('nightly <b>job</b>').waitFor();
    expect(await admin.page.content()).not.toContain(secret);
    const gateway = await shared.product.gateway(secret);
    const models = () => gateway.send('GET', '/v1/models', undefined);
    await eventually(async () => expect((await models())?.status).toBe(200));
    await admin.button('Revoke nightly <b>job</b>').click();
    await admin.button('Revoke for good').click();
    await row('nightly <b>job</b>').waitFor({ state: 'detached' });
    await eventually(async () => expect((await models())?.status).toBe(401));
  });

  it('have members, who are invited', async () => {
    await admin.open(page('members'));
    await admin.page.getByText('Nobody has a role here yet.').waitFor();
    await admin.button('Invite').click();
    await dialog().getByLabel('E-mail').fill('jo@example.org');
    await dialog().getByRole('button', { name: 'Invite', exact: true }).click();
    expect(await dialog().getByLabel('The secret', { exact: true }).textContent()).toMatch(/^ghi_\S+$/);
    await admin.button('I have it').click();
  });

  it('have limits that say where they stand, and begin anew when an admin says why', async () => {
    await rest('PUT', `/v1/admin/workspaces/${team()}`, {
      usage_limits: [{ type: 'cost', credit_limit: 5, periodic_reset: 'weekly' }],
    });
    await call();
    await admin.open(page('limits'));
    const limit = row('budget of $5.00');
    await eventually(async () => {
      await admin.open(page('limits'));
      await limit.getByText(/^\$0\.0*[1-9]\d* spent/).waitFor({ timeout: 2_000 });
    }, 20_000);
    await admin.button('Reset budget of $5.00').click();
    await dialog().getByLabel('Reason').fill('A new quarter');
    await dialog().getByRole('button', { name: 'Reset', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await limit.getByText('$0.00 spent').waitFor();
  });

  it('have used what it cost, by whatever one asks for', async () => {
    await call();
    await eventually(async () => {
      await admin.open('/usage');
      await row('Search team').waitFor({ timeout: 3_000 });
    }, 30_000);
    const asking = admin.page.waitForRequest(/\/usage\?.*group_by=model/);
    await admin.page.getByLabel('By', { exact: true }).selectOption('model');
    // Its last minute, and not the first of the next day.
    const to = new URL((await asking).url()).searchParams.get('to');
    expect(to).toBe(`${await admin.page.getByLabel('To (UTC)').inputValue()}T23:59:59.999Z`);
    await row('sim-small').first().waitFor();
    await admin.page.locator('.chart canvas').waitFor();
    const downloading = admin.page.waitForEvent('download');
    await admin.page.getByRole('link', { name: 'Download CSV' }).click();
    expect((await downloading).suggestedFilename()).toMatch(/\.csv$/);
  });

  it('are told why a call would be refused, before it is made', async () => {
    await admin.open('/access');
    await admin.page.getByLabel('Workspace').selectOption({ label: 'Research' });
    await admin.page.getByLabel('AI provider').fill('house');
    await admin.page.getByLabel(/^Model/).fill('sim-small');
    await admin.button('Explain').click();
    await admin.page.getByText('the integration is not provisioned to the workspace.').waitFor();
    await admin.page.getByLabel('Workspace').selectOption({ label: 'Search team' });
    await admin.button('Explain').click();
    await admin.page.getByText('It would be let through.').waitFor();
  });

  it('have all of it in the history, with who did it and why', async () => {
    await admin.open('/history');
    await row('They asked').first().waitFor();
    await admin.open(page('history'));
    await row('They asked').first().waitFor();
  });

  it('wait for a second admin where the organization wants one', async () => {
    await admin.open('/approvals');
    await admin.toggle('A second admin approves what lets more be spent or called').click();
    await dialog().getByRole('button', { name: 'Require', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await eventually(async () => {
      const changing = rest('PUT', `/v1/admin/workspaces/${team()}`, {
        usage_limits: [{ type: 'cost', credit_limit: 500, periodic_reset: 'weekly' }],
      });
      await expect(changing).rejects.toThrow('APPROVAL_REQUIRED');
    });
    await admin.open('/approvals');
    await row('Change workspace limits').getByRole('button', { name: 'Reject' }).click();
    await dialog().getByLabel('Reason').fill('Too much');
    await dialog().getByRole('button', { name: 'Reject', exact: true }).click();
    await admin.page.getByText('Nothing waits for approval.').waitFor();
  });

  it('are their workspace’s alone for whoever is its admin', async () => {
    const visitor = await shared.visitor({}, await organization.workspaceAdminKey(team()));
    await visitor.page.getByRole('heading', { name: 'Search team' }).waitFor();
    for (const path of [
      '/workspaces',
      '/approvals',
      '/history',
      `/workspaces/${workspaces.get('Research')}`,
    ]) {
      await visitor.open(path);
      await visitor.page.getByText('There is nothing here.').waitFor();
    }
    await visitor.leave();
  });

  it('did nothing wrong', () => {
    expect(admin.faults).toEqual([]);
  });
});
