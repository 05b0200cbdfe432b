import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import { furnish, type Furnished, SHOWN_PAGES } from './shown-pages';
import { PHONE, Visitor } from './visitor';

const START_MS = 180_000;

describe.each(['light', 'dark'] as const)('who sees, hears and types otherwise, in %s', (colorScheme) => {
  let shared: SharedConsole;
  let furnished: Furnished;
  let visitor: Visitor;

  beforeAll(async () => {
    shared = await sharedConsole();
    const organization = await Organization.found(shared.product);
    furnished = await furnish(organization, `${shared.product.first.simulator}/v1`);
    visitor = await shared.visitor({ colorScheme }, organization.adminKey);
  }, START_MS);

  afterAll(() => visitor.leave());

  it.each(SHOWN_PAGES)('finds no serious fault: $name', async (page) => {
    await visitor.show(page, furnished);
    expect(await visitor.accessibilityFaults()).toEqual([]);
    expect(visitor.faults).toEqual([]);
  });

  it('finds none where somebody signs in, and none in a dialog', async () => {
    const stranger = await Visitor.come(shared.browser, shared.product.first.console, { colorScheme });
    await stranger.open('/');
    await stranger.page.getByLabel('Key').waitFor();
    expect(await stranger.accessibilityFaults()).toEqual([]);
    await stranger.leave();
    await visitor.open(furnished.one);
    await visitor.button('Delete').click();
    await visitor.page.getByRole('dialog').waitFor();
    expect(await visitor.accessibilityFaults()).toEqual([]);
  });

  describe('with a phone', () => {
    beforeAll(() => visitor.page.setViewportSize(PHONE));

    it.each(SHOWN_PAGES)('has nothing that is wider: $name', async (page) => {
      await visitor.show(page, furnished);
      const wide = await visitor.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      expect(wide).toBe(0);
    });
  });
});

describe('the keyboard alone', () => {
  let visitor: Visitor;

  beforeAll(async () => {
    const shared = await sharedConsole();
    visitor = await shared.visitor();
  }, START_MS);

  afterAll(() => visitor.leave());

  it('skips the nav, goes through tabs by arrows, and leaves a dialog by Escape', async () => {
    const { page } = visitor;
    await visitor.open('/integrations');
    await visitor.tab('All').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
    await visitor.tab('All').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/integrations?tab=connected');
    await page
      .getByRole('link', { name: /simulator/i })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await visitor.button('Edit').focus();
    await page.keyboard.press('Enter');
    // It takes the focus a moment after it is there.
    await page.locator('[role=dialog] :focus').waitFor();
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press('Tab');
      // In the dialog, or at its edge on the way round; never on what is behind.
      expect(await page.evaluate(() => document.activeElement?.closest('#page') ?? null)).toBeNull();
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.locator(':focus').textContent()).toBe('Edit');
  });

  it('opens the menu of the account, and leaves it by Escape', async () => {
    const { page } = visitor;
    await visitor.open('/integrations');
    const account = page.locator('[aria-haspopup=menu]');
    await account.focus();
    await page.keyboard.press('Enter');
    await page.locator('[role=menu]:focus, [role=menu] :focus').waitFor();
    expect(await visitor.accessibilityFaults()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await page.locator(':focus').getAttribute('aria-haspopup')).toBe('menu');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  });
});
