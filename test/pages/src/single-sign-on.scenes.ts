import { IdentityProvider, personAt } from '@gatehouse/e2e';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Organization } from './organization';
import { type SharedConsole, sharedConsole } from './shared-console';
import { Visitor } from './visitor';

const START_MS = 180_000;
const ANN = 'ann@mail.example';
const NAME = 'Ann <img src=x onerror=alert(1)>';

describe('whoever signs in by an identity provider', () => {
  let shared: SharedConsole;
  let idp: IdentityProvider;

  beforeAll(async () => {
    shared = await sharedConsole();
    idp = await IdentityProvider.start();
    const organization = await Organization.found(shared.product);
    await organization.join(ANN, NAME, {
      organization: provisioningV1.OrganizationRole.ADMIN,
      workspaces: [],
    });
    await shared.startAgain(idp.settings(organization.id));
  }, START_MS);

  afterAll(() => idp.stop());

  /** From the page's button over the provider's own pages, until the page has them again. */
  const comeBack = async (person: string): Promise<Visitor> => {
    const visitor = await Visitor.come(shared.browser, shared.product.first.console);
    const { page } = visitor;
    // The provider's pages want a font of the world.
    await page.route(/^https:/, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
    await visitor.open('/');
    await page.getByRole('link', { name: 'Sign in with Acme' }).click();
    await page.getByPlaceholder('Enter any login').fill(person);
    await page.getByPlaceholder('and password').fill('any');
    await visitor.button('Sign-in').click();
    await visitor.button('Continue').click();
    await page.waitForURL(`${shared.product.first.console}/**`);
    return visitor;
  };

  it.each([
    ['admins', 'admin'],
    ['auditors', 'auditor'],
  ])('has the role of the group, as one of %s', async (group, role) => {
    const visitor = await comeBack(personAt(ANN, `everybody ${group}`));
    await visitor.page.locator('#content').waitFor();
    await visitor.page.getByRole('button', { name: NAME }).click();
    await visitor.page.getByText(`${role}, by the key “signed in by identity provider”`).waitFor();
    // Of what came back nothing stays: no code, no state, no token.
    expect(await visitor.everywhere()).not.toMatch(/[?&#](code|state|iss|id_token)=|ghs_|eyJ/);
    expect(await visitor.sessionCookie()).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(visitor.faults).toEqual([]);
    await visitor.leave();
  });

  it.each([
    ['an address that nobody verified', personAt(ANN, 'admins', 'unverified')],
    ['an address of nobody here', personAt('bob@mail.example', 'admins')],
    ['groups that say nothing', personAt(ANN, 'everybody')],
  ])('is told so, with %s', async (_what, person) => {
    const visitor = await comeBack(person);
    await visitor.page.getByText('signed nobody in who may use this page').waitFor();
    await visitor.page.getByLabel('Key').waitFor();
    expect(new URL(visitor.page.url()).hash).toBe('');
    expect(await visitor.sessionCookie()).toBeUndefined();
    expect(visitor.faults).toEqual([]);
    await visitor.leave();
  });
});
