import { newCommand } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { FurnishedConsole } from './furnished';
import { expectLegible } from './legible';
import type { Visitor } from './visitor';

const START_MS = 180_000;
const SECRET = 'sk-of-the-team-2c71';

describe('a provider that a workspace connects for itself', () => {
  let furnished: FurnishedConsole;
  let lead: Visitor;

  beforeAll(async () => {
    furnished = await FurnishedConsole.enter();
    const key = await furnished.organization.workspaceAdminKey(furnished.workspace('Search team'));
    lead = await furnished.shared.visitor({}, key);
  }, START_MS);

  afterAll(async () => {
    await lead.leave();
    await furnished.admin.leave();
  });

  const fill = async (slug: string) => {
    await lead.page.getByLabel('Integration Name').fill(`Ours, ${slug}`);
    await lead.page.getByLabel('Slug', { exact: true }).fill(slug);
    await lead.page.getByLabel('Custom Host').fill(`${furnished.shared.product.first.simulator}/v1`);
    await lead.page.getByLabel(/^API key( \(optional\))?$/).fill(SECRET);
    await lead.button('+ Add Model').click();
    await lead.page.getByLabel('Model Slug').fill('sim-small');
    await lead.page.getByLabel('Input Cost ($)').fill('0.50');
    await lead.page.getByLabel('Output Cost ($)').fill('2.00');
  };

  it('is found and connected in one form, with its models and limits, and is called at once', async () => {
    await lead.page.getByRole('link', { name: 'Connect a provider' }).click();
    await lead.page.getByLabel('Search providers').fill('self-hosted');
    // What is not found moves the rest when it goes, and a button that moves while it is pressed is not clicked.
    const cards = lead.page.getByRole('region', { name: 'Providers' }).getByRole('listitem');
    await eventually(async () => expect(await cards.count()).toBe(1));
    await lead.page.getByRole('link', { name: /^Connect Self-hosted/i }).click();
    await fill('team-own');
    await lead.button('+ Add budget').click();
    await lead.page.getByLabel('Budget limit ($)').fill('20');
    await expectLegible(lead);
    await lead.button('Create Integration').click();
    const row = lead.page.getByRole('row').filter({ hasText: '@team-own' });
    await row.getByText('$20.00 a month').waitFor();
    expect(await lead.page.content()).not.toContain(SECRET);
    expect(lead.traffic.filter(({ sent }) => sent.includes(SECRET))).toHaveLength(1);
    await furnished.call('Search team', '@team-own/sim-small');
  });

  it('is that workspace’s alone, under Workspace-Created', async () => {
    await furnished.admin.open('/integrations?tab=workspace-created');
    await furnished.row('@team-own').getByText('Search team').waitFor();
    await furnished.admin.open(`/workspaces/${furnished.workspace('Support')}`);
    await furnished.admin.page.getByText('No integration is provisioned').waitFor();
  });

  it('is refused where the organization does not let workspaces connect', async () => {
    await furnished.organization.control.organizations.setWorkspacesConnecting({
      ...newCommand(),
      reason: '',
      allowed: false,
    });
    await lead.open('/workspace/connect/self-hosted');
    await fill('another');
    await lead.button('Create Integration').click();
    await lead.page.getByRole('alert').waitFor();
    await lead.open('/workspace');
    await lead.page.getByText('@team-own').waitFor();
    expect(await lead.page.getByText('@another').count()).toBe(0);
  });

  it('did nothing wrong', () => {
    expect([...lead.faults, ...furnished.admin.faults]).toEqual([]);
  });
});
