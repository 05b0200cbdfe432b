import { FurnishedConsole } from './furnished';
import { expectLegible } from './legible';

const START_MS = 180_000;

describe('the history in words', () => {
  let furnished: FurnishedConsole;

  beforeAll(async () => {
    furnished = await FurnishedConsole.enter();
    const budget = (amount: string) => [{ kind: 'budget', unit: 'usd', amount, reset: 'monthly' }];
    const provision = (limits: object[]) =>
      furnished.rest('PUT', '/v1/gatehouse/integrations/house/workspaces', {
        reason: 'They asked',
        workspaces: [{ workspace_id: furnished.workspace('Search team'), enabled: true, limits }],
      });
    await provision(budget('25'));
    await provision(budget('30'));
    await provision([]);
    await furnished.rest('PUT', '/v1/gatehouse/integrations/house', { name: 'Models of the house' });
    await furnished.rest('PUT', '/v1/gatehouse/integrations/house/price-overrides', {
      ...{ model: 'sim-small', rates: { input: '0.25', output: '1' } },
    });
  }, START_MS);

  afterAll(() => furnished.admin.leave());

  it('says each change as a sentence, with what became of what', async () => {
    await furnished.admin.open('/history');
    const changed = 'Changed what Search team may spend with Models of the house';
    const became = (text: string) =>
      furnished.row(changed).filter({ has: furnished.admin.page.locator('ins', { hasText: text }) });
    expect(await became('$30.00 a month').locator('del').textContent()).toBe('$25.00 a month');
    expect(await became('no limits').locator('del').textContent()).toBe('$30.00 a month');
    await furnished
      .row('Provisioned Models of the house to Search team')
      .getByText('$25.00 a month')
      .waitFor();
    expect(await furnished.row('Renamed the integration').locator('del').textContent()).toBe('House models');
    await furnished
      .row('Set the price of sim-small')
      .getByText('input $0.25, output $1.00 per million')
      .waitFor();
    expect(await furnished.admin.page.locator('td').allTextContents()).not.toContainEqual(
      expect.stringMatching(/^[^{]*(int|ws|prv|key)_[0-9a-z]{26}/),
    );
    await expectLegible(furnished.admin);
  });

  it('has what was recorded behind it', async () => {
    const row = furnished.row('Set the price of sim-small');
    const recorded = row.getByLabel('As recorded: PriceOverridden');
    expect(await recorded.isVisible()).toBe(false);
    await row.getByText('As recorded: PriceOverridden').first().click();
    expect(await recorded.textContent()).toContain('"250000000"');
    await expectLegible(furnished.admin);
  });

  it('did nothing wrong', () => {
    expect(furnished.admin.faults).toEqual([]);
  });
});
