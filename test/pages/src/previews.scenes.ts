import { eventually } from '@gatehouse/kernel/testing';
import { FurnishedConsole } from './furnished';
import { expectLegible } from './legible';

const START_MS = 180_000;
const CALLS = 3;

describe('what a change would have done, before it is made', () => {
  let furnished: FurnishedConsole;

  beforeAll(async () => {
    furnished = await FurnishedConsole.enter();
    await furnished.rest('PUT', '/v1/gatehouse/integrations/house/workspaces', {
      workspaces: [{ workspace_id: furnished.workspace('Search team'), enabled: true }],
    });
    await furnished.rest('PUT', '/v1/integrations/house/models', {
      models: [
        { slug: 'sim-large', enabled: true, is_custom: true, context_window: 1_000, max_output_tokens: 100 },
      ],
    });
    for (let call = 0; call < CALLS; call++) await furnished.call('Search team', '@house/sim-small');
    await furnished.countDaysBefore(3, CALLS);
  }, START_MS);

  afterAll(() => furnished.admin.leave());

  const preview = () => furnished.dialog.getByRole('region', { name: 'Preview' });
  /** Of what somebody is about to press or fill in, which is not to move away when a preview comes. */
  const places = () =>
    furnished.dialog
      .locator('button, input, select, textarea')
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().y));
  const openWorkspaces = () => furnished.admin.open(`${furnished.one}?tab=workspaces`);
  const addRate = async (quota: string) => {
    await furnished.admin.button('+ Add rate limit').click();
    await furnished.dialog.getByLabel('Maximum requests').fill(quota);
    await furnished.dialog.getByLabel('Per', { exact: true }).selectOption('Day');
  };

  it('is said of a workspace’s limits with an integration, and nothing is changed by asking', async () => {
    await openWorkspaces();
    await furnished.admin.button('Edit Budget & Rate Limits of Search team').click();
    await preview().getByText('Change something').waitFor();
    await addRate('1');
    const place = await places();
    await preview()
      .getByText(/1 requests a day: of 3 calls from .* it would have refused 2\./)
      .waitFor();
    expect(await places()).toEqual(place);
    await furnished.dialog.getByLabel('Maximum requests').fill('600');
    await preview().getByText('it would have refused none').waitFor();
    await expectLegible(furnished.admin);
    await furnished.admin.button('Cancel').click();
    await furnished.closed();
    const { data } = await furnished.rest<{ data: { limits: object[] }[] }>(
      'GET',
      '/v1/gatehouse/integrations/house/workspaces?access=enabled',
    );
    expect(data[0]?.limits).toEqual([]);
  });

  it('is said of models, which then are that workspace’s alone', async () => {
    await openWorkspaces();
    await furnished.admin.button('Edit models of Search team').click();
    await furnished.admin.toggle('All that the integration offers, now and later').click();
    expect(await furnished.admin.button('Save models').isDisabled()).toBe(true);
    await furnished.dialog.getByRole('checkbox', { name: 'sim-large' }).check();
    await preview().getByText('it would have refused 3: sim-small (3).').waitFor();
    await expectLegible(furnished.admin);
    await furnished.dialog.getByRole('checkbox', { name: 'sim-small' }).check();
    await preview().getByText('it would have refused none').waitFor();
    await furnished.admin.button('Save models').click();
    await furnished.closed();
    await furnished.row('Search team').getByText('2 models', { exact: true }).waitFor();
  });

  it('is said of each workspace where all of them are to get limits, those to come too', async () => {
    const eachIsTold = async () => {
      await addRate('1');
      await preview()
        .getByText(/1 requests a day: of 3 calls from .* it would have refused 2\./)
        .waitFor();
      await preview().getByText('Search team: 3 calls, refused 2.').waitFor();
      await expectLegible(furnished.admin);
      await furnished.admin.button('Cancel').click();
      await furnished.closed();
    };
    await openWorkspaces();
    await furnished.admin.button('Provision to all…').click();
    await furnished.admin.toggle('Also those that have it already').click();
    await eachIsTold();
    await furnished.rest('PUT', '/v1/gatehouse/integrations/house/auto-provision', { enabled: true });
    await openWorkspaces();
    await furnished.admin.button('Edit default limits').click();
    await eachIsTold();
    await furnished.rest('PUT', '/v1/gatehouse/integrations/house/auto-provision', { enabled: false });
  });

  it('is said where a workspace is to lose it', async () => {
    await openWorkspaces();
    await furnished.admin.toggle('Search team').click();
    await preview()
      .getByText(/All of the 3 calls of the last 30 days would have been refused/)
      .waitFor();
    await expectLegible(furnished.admin);
    await furnished.dialog.getByRole('button', { name: 'Disable', exact: true }).click();
    await furnished.closed();
    const team = furnished.admin.toggle('Search team');
    await eventually(async () => expect(await team.getAttribute('aria-checked')).toBe('false'));
    await team.click();
    await eventually(async () => expect(await team.getAttribute('aria-checked')).toBe('true'));
  });

  it('is said of whom it reaches that an integration is disabled, deleted or given another credential', async () => {
    await openWorkspaces();
    await furnished.admin.tab('Integration Details').click();
    for (const [action, effect] of [
      ['Disable', 'is refused until it is enabled again'],
      ['Delete', 'is refused for good'],
      ['Replace', 'calls on, with the new credential'],
    ] as const) {
      await furnished.admin.button(action).click();
      await preview().getByText(`Search team, by 3 keys, ${effect}`).waitFor();
      await expectLegible(furnished.admin);
      await furnished.admin.page.keyboard.press('Escape');
      await furnished.closed();
    }
  });

  it('is said of the limits of a workspace, a key, an integration and the organization, which are edited where they stand', async () => {
    const team = furnished.workspace('Search team');
    const edit = async (quota: string, open: () => Promise<void>) => {
      await open();
      await addRate(quota);
      await preview()
        .getByText(/requests a day: of [13] calls? from .* it would have refused/)
        .waitFor();
      await furnished.dialog.getByLabel('Reason').fill('By the preview');
      await furnished.admin.button('Save limits').click();
      await furnished.closed();
    };
    const limits = async (path: string) => {
      await furnished.admin.open(path);
      await furnished.admin.button('Edit limits').first().click();
    };
    await edit('901', () => limits(`/workspaces/${team}?tab=limits`));
    await furnished.row('rate limit of 901 requests').waitFor();
    await edit('902', async () => {
      await openWorkspaces();
      await furnished.admin.tab('Limits').click();
      await furnished.admin.button('Edit limits').click();
    });
    await furnished.row('rate limit of 902 requests').waitFor();
    await edit('903', () => limits('/limits'));
    await furnished.row('rate limit of 903 requests').waitFor();
    await edit('904', async () => {
      await furnished.admin.open(`/workspaces/${team}?tab=keys`);
      await furnished.admin.page.getByRole('button', { name: 'Edit limits of developer' }).first().click();
    });
    await furnished.admin.page.getByRole('button', { name: 'Edit limits of developer' }).first().click();
    await eventually(async () =>
      expect(await furnished.dialog.getByLabel('Maximum requests').inputValue()).toBe('904'),
    );
  });

  it('is refused where somebody has changed the limits since they were read', async () => {
    const scope = `/v1/gatehouse/scopes/${furnished.workspace('Support')}/configured-limits`;
    await furnished.admin.open(`/workspaces/${furnished.workspace('Support')}?tab=limits`);
    await furnished.admin.button('Edit limits').click();
    await furnished.admin.button('+ Add budget').click();
    await furnished.dialog.getByLabel('Budget limit ($)').fill('5');
    await furnished.rest('PUT', scope, { limits: [{ kind: 'budget', unit: 'usd', amount: '7' }] });
    await furnished.admin.button('Save limits').click();
    await furnished.dialog.getByRole('alert').waitFor();
    const { limits } = await furnished.rest<{ limits: { amount: string }[] }>('GET', scope);
    expect(limits.map(({ amount }) => amount)).toEqual(['7.00']);
  });

  it('did nothing wrong', () => {
    expect(furnished.admin.faults).toEqual([]);
  });
});
