import { eventually } from '@gatehouse/kernel/testing';
import { FurnishedConsole } from './furnished';
import { holdAnswer } from './held-answer';
import { expectLegible } from './legible';

const START_MS = 180_000;
/** With the three that are there: one more than a page of the list. */
const MORE_WORKSPACES = 23;

describe('what comes in between', () => {
  let furnished: FurnishedConsole;

  beforeAll(async () => {
    furnished = await FurnishedConsole.enter();
    const { organization } = furnished;
    for (let at = 1; at <= MORE_WORKSPACES; at++) await organization.newWorkspace(`Another ${at}`);
    const limits = (amount: string) => ({ limits: [{ kind: 'budget', unit: 'usd', amount }] });
    for (const [scope, amount] of [
      [organization.id, '900'],
      [furnished.workspace('Support'), '90'],
    ] as const)
      await furnished.rest('PUT', `/v1/gatehouse/scopes/${scope}/configured-limits`, limits(amount));
    await furnished.rest('PUT', '/v1/gatehouse/integrations/house/workspaces', {
      workspaces: [{ workspace_id: furnished.workspace('Search team'), enabled: true }],
    });
  }, START_MS);

  afterAll(() => furnished.admin.leave());

  /** Where nobody means to close anything. */
  const pressBeside = () => furnished.admin.page.mouse.click(5, 450);
  const keys = () => furnished.admin.open(`/workspaces/${furnished.workspace('Search team')}?tab=keys`);

  it('a press beside a dialog takes nothing that was typed; Escape closes it', async () => {
    await keys();
    await furnished.admin.button('New API key').click();
    await furnished.dialog.getByLabel('Name').fill('typed');
    await pressBeside();
    expect(await furnished.dialog.getByLabel('Name').inputValue()).toBe('typed');
    await furnished.admin.page.keyboard.press('Escape');
    await furnished.closed();
  });

  it('a secret that is shown once is there until a button closes it', async () => {
    await furnished.admin.button('New API key').click();
    await furnished.dialog.getByLabel('Name').fill('nightly');
    await furnished.admin.button('Issue key').click();
    await furnished.dialog.getByLabel('The secret', { exact: true }).waitFor();
    await pressBeside();
    await furnished.admin.page.keyboard.press('Escape');
    await furnished.admin.button('I have it').click();
    await furnished.closed();
  });

  it('a page of a list that is none leads to the last one', async () => {
    const { page } = furnished.admin;
    await furnished.admin.open('/workspaces?page=3');
    await page.getByText('26–26 of 26').waitFor();
    expect(new URL(page.url()).search).toBe('?page=1');
    expect(await page.getByText('There is no workspace yet.').count()).toBe(0);
  });

  it('a page of a list stays until the next one is there', async () => {
    await furnished.admin.open('/workspaces');
    await furnished.row('Another').first().waitFor();
    const { asked, release } = await holdAnswer(furnished.admin.page, /\/workspaces\?.*current_page=1\b/);
    await furnished.admin.button('Next page').click();
    await asked;
    expect(await furnished.row('Another').count()).toBeGreaterThan(0);
    release();
    await furnished.admin.page.getByText('26–26 of 26').waitFor();
  });

  it('figures stand under no other heading while others are asked for', async () => {
    await furnished.call('Search team', '@house/sim-small');
    await eventually(async () => {
      await furnished.admin.open('/usage');
      await furnished.row('Search team').waitFor({ timeout: 3_000 });
    }, 30_000);
    const { asked, release } = await holdAnswer(furnished.admin.page, /\/usage\?.*group_by=model/);
    await furnished.admin.page.getByLabel('By', { exact: true }).selectOption('model');
    await asked;
    expect(await furnished.admin.page.getByRole('table', { name: 'Usage by Model' }).count()).toBe(0);
    release();
    await furnished.row('sim-small').waitFor();
  });

  it('limits are those of whoever is named', async () => {
    await furnished.admin.open('/limits');
    await furnished.admin.button('Reset budget of $900.00').waitFor();
    const { asked, release } = await holdAnswer(furnished.admin.page, /\/scopes\/ws_\w+\/limits/);
    await furnished.admin.page.getByLabel('Whose').selectOption({ label: 'Support' });
    await asked;
    expect(await furnished.admin.button(/^Reset /).count()).toBe(0);
    release();
    await furnished.admin.button('Reset budget of $90.00').waitFor();
  });

  it('did nothing wrong', () => {
    expect(furnished.admin.faults).toEqual([]);
  });

  it('a sign-out that is refused is told, and may be tried again', async () => {
    const { page, faults } = furnished.admin;
    const signOut = async () => {
      await page.getByRole('banner').getByRole('button').click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
    };
    const data = { message: 'It has to be asked by its own page.' };
    await page.route('**/session', (route) =>
      route.request().method() === 'DELETE'
        ? route.fulfill({ status: 403, json: { success: false, data } })
        : route.continue(),
    );
    await signOut();
    await page.getByRole('alert').getByText(data.message).waitFor();
    await expectLegible(furnished.admin);
    expect(faults).toEqual([]);
    await page.unroute('**/session');
    await signOut();
    await page.getByLabel('Key').waitFor();
  });
});
