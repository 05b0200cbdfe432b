import { FurnishedConsole } from './furnished';

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

  it('did nothing wrong', () => {
    expect(furnished.admin.faults).toEqual([]);
  });
});
