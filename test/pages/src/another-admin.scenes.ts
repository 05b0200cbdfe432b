import { FurnishedConsole } from './furnished';

const START_MS = 180_000;

describe('what another admin has changed while a dialog was open', () => {
  let furnished: FurnishedConsole;
  let house: string;

  const budget = (amount: string) => [{ kind: 'budget', unit: 'usd', amount, reset: 'monthly' }];
  const access = async (workspace: string, said: object): Promise<void> => {
    const workspaces = [{ workspace_id: furnished.workspace(workspace), ...said }];
    await furnished.rest('PUT', `${house}/workspaces`, { workspaces });
  };
  const accessOf = async (name: string): Promise<object> => {
    const { data } = await furnished.rest<{ data: object[] }>('GET', `${house}/workspaces?search=${name}`);
    return data[0] ?? {};
  };
  const autoProvision = (said: object) => furnished.rest('PUT', `${house}/auto-provision`, said);
  const open = () => furnished.admin.open(`${furnished.one}?tab=workspaces`);
  const refused = async (action: string): Promise<void> => {
    await furnished.admin.button(action).click();
    await furnished.dialog.getByRole('alert').waitFor();
    await furnished.admin.button('Cancel').click();
    await furnished.closed();
  };

  beforeAll(async () => {
    furnished = await FurnishedConsole.enter();
    house = `/v1/gatehouse${furnished.one}`;
    for (const name of ['Support', 'Research']) await access(name, { enabled: true, limits: budget('5') });
  }, START_MS);

  afterAll(() => furnished.admin.leave());

  it('is not undone by limits that are saved', async () => {
    await open();
    await furnished.admin.button('Edit Budget & Rate Limits of Support').click();
    await furnished.dialog.getByLabel('Budget limit ($)').fill('6');
    await access('Support', { enabled: false, limits: budget('1') });
    await refused('Save limits');
    expect(await accessOf('Support')).toMatchObject({ enabled: false, limits: [{ amount: '1.00' }] });
  });

  it('is what limits are edited from when the dialog opens the next time', async () => {
    await access('Support', { enabled: true });
    await open();
    const edit = furnished.admin.button('Edit Budget & Rate Limits of Support');
    await furnished.row('Support').getByText('$1.00 a month').waitFor();
    await access('Support', { enabled: true, limits: budget('2') });
    await edit.click();
    await furnished.dialog.getByLabel('Budget limit ($)').fill('7');
    await furnished.admin.button('Save limits').click();
    await furnished.closed();
    expect(await accessOf('Support')).toMatchObject({ enabled: true, limits: [{ amount: '7.00' }] });
  });

  it('is not undone by models that are saved', async () => {
    await open();
    await furnished.admin.button('Edit models of Research').click();
    await furnished.admin.toggle('All that the integration offers, now and later').click();
    await furnished.dialog.getByLabel('sim-small').check();
    await access('Research', { enabled: false });
    await refused('Save models');
    expect(await accessOf('Research')).toMatchObject({ enabled: false, models: null });
  });

  it('is not undone by what new workspaces begin with', async () => {
    const policy = async (): Promise<object> => furnished.rest('GET', house);
    const limits = [{ kind: 'rate', unit: 'requests', amount: '60', per: 'minute' }];
    await autoProvision({ enabled: true, limits });
    await open();
    await furnished.admin.button('Edit default limits').click();
    await furnished.dialog.getByLabel('Maximum requests').fill('70');
    await autoProvision({ enabled: true, limits, models: ['sim-small'] });
    await refused('Save limits');
    expect(await policy()).toMatchObject({
      auto_provision: { limits: [{ amount: '60' }], models: ['sim-small'] },
    });
    await open();
    await furnished.admin.button('Edit default limits').click();
    await furnished.dialog.getByLabel('Maximum requests').fill('70');
    await autoProvision({ enabled: false });
    await refused('Save limits');
    expect(await policy()).toMatchObject({ auto_provision: null });
  });

  it('did nothing wrong', () => {
    expect(furnished.admin.faults).toEqual([]);
  });
});
