import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import type { Visitor } from './visitor';

const START_MS = 180_000;

describe('whoever signs in in another tab', () => {
  let shared: SharedConsole;
  let organization: Organization;
  let visitor: Visitor;

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product, 'The first of two');
    await organization.newWorkspace('Of the first');
    visitor = await shared.visitor({}, organization.adminKey);
  }, START_MS);

  afterAll(() => visitor.leave());

  /** Of tabs the cookie is all that they share. */
  const signInElsewhere = (key: string): Promise<number> =>
    visitor.page.evaluate(async (secret) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ key: secret });
      return (await fetch('/session', { method: 'POST', headers, body })).status;
    }, key);
  const comeBack = () =>
    visitor.page.evaluate(() => void window.dispatchEvent(new Event('visibilitychange')));

  it('has what was typed here, and is believed at the second press', async () => {
    await visitor.open('/workspaces');
    await visitor.button('New workspace').click();
    const dialog = visitor.page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Typed before');
    expect(await signInElsewhere(organization.adminKey)).toBe(200);
    const known = visitor.page.waitForResponse((response) => response.url().endsWith('/session'));
    await visitor.button('Create workspace').click();
    await dialog.getByRole('alert').getByText('signed in in another tab').waitFor();
    await (await known).finished();
    await visitor.button('Create workspace').click();
    await dialog.waitFor({ state: 'detached' });
    await visitor.page.getByText('Typed before').first().waitFor();
  });

  it('is who is shown when one comes back, with nothing of who was', async () => {
    await visitor.open('/workspaces');
    await visitor.page.getByText('Of the first').waitFor();
    const other = await Organization.found(shared.product, 'The other of two');
    await other.newWorkspace('Of the other');
    expect(await signInElsewhere(other.adminKey)).toBe(200);
    await comeBack();
    await visitor.page.getByText('The other of two').waitFor();
    await visitor.page.getByRole('row').filter({ hasText: 'Of the other' }).waitFor();
    expect(await visitor.page.getByText('Of the first').count()).toBe(0);
  });

  it('stays who is shown while nobody can say who it is', async () => {
    const body = { success: false, data: { message: 'Away for a moment.' } };
    await visitor.page.route('**/session', (route) => route.fulfill({ status: 403, json: body }));
    await visitor.button('New workspace').click();
    const asked = visitor.page.waitForResponse((response) => response.url().endsWith('/session'));
    await comeBack();
    await (await asked).finished();
    await visitor.page.getByRole('dialog').getByLabel('Name').fill('Typed meanwhile');
    expect(await visitor.page.getByText('Away for a moment.').count()).toBe(0);
  });

  it('is no fault of the page', () => {
    expect(visitor.faults).toEqual([]);
  });
});
