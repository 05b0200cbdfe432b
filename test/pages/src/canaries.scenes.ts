import { createHash } from 'node:crypto';
import { eventually } from '@gatehouse/kernel/testing';
import { Organization } from './organization';
import { sentence } from './sentences';
import { type SharedConsole, sharedConsole } from './shared-console';
import type { Visitor } from './visitor';
import { Wizard } from './wizard';

const START_MS = 180_000;
const SECRET = 'sk-canary-9f4c1d77-never-shown';
const HEADER = 'canary-of-a-header-77aa';

describe('what is typed into the page', () => {
  let shared: SharedConsole;
  let organization: Organization;
  let visitor: Visitor;
  let workspaceId: string;
  let integrationId: string;

  beforeAll(async () => {
    shared = await sharedConsole();
    organization = await Organization.found(shared.product);
    workspaceId = await organization.newWorkspace('Calls it');
    visitor = await shared.visitor({}, organization.adminKey);
  }, START_MS);

  afterAll(() => visitor.leave());

  it('is in its field alone, goes once, and is nowhere in page, storage, history or answers', async () => {
    const wizard = new Wizard(visitor);
    await wizard.begin({
      provider: 'self-hosted',
      name: 'Canary',
      slug: 'canary',
      host: `${shared.product.first.simulator}/v1`,
      fields: { 'API key': SECRET },
    });
    await visitor.button('+ Add header').click();
    await visitor.page.getByLabel('Header 1: name').fill('x-canary');
    await visitor.page.getByLabel('Header 1: value').fill(HEADER);
    expect(visitor.traffic.some(({ sent }) => sent.includes(SECRET))).toBe(false);
    await wizard.toWorkspaces();
    for (const secret of [SECRET, HEADER]) expect(await visitor.everywhere()).not.toContain(secret);
    await visitor.button('Back').click();
    for (const secret of [SECRET, HEADER]) expect(await visitor.everywhere()).not.toContain(secret);
    await wizard.toWorkspaces();
    await wizard.choose('Calls it');
    await wizard.toModels();
    await wizard.addModel('sim-small');
    integrationId = await wizard.create();
    await visitor.tab('History').click();
    await visitor.page.getByText('Connected Canary to self-hosted').waitFor();
    for (const secret of [SECRET, HEADER]) {
      expect(await visitor.everywhere()).not.toContain(secret);
      expect(visitor.traffic.filter(({ sent }) => sent.includes(secret))).toHaveLength(1);
      expect(visitor.traffic.filter(({ got, url }) => (got + url).includes(secret))).toEqual([]);
    }
  });

  it('has nowhere the key that signed in', async () => {
    expect(await visitor.everywhere()).not.toContain(organization.adminKey);
    const sent = visitor.traffic.filter((one) => one.sent.includes(organization.adminKey));
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/session']);
    expect(visitor.traffic.filter(({ got }) => got.includes(organization.adminKey))).toEqual([]);
  });

  const saysOf = async (question: string): Promise<string> => {
    await visitor.open('/integrations');
    const entry = visitor.page.locator('details').filter({ hasText: question });
    await entry.locator('summary').click();
    return entry.locator('p').innerText();
  };
  /** By which it could be told that two are the same, or what it is. */
  const tracesOf = (secret: string): string[] => {
    const digests = ['md5', 'sha1', 'sha256', 'sha512'].map((hash) =>
      createHash(hash).update(secret).digest(),
    );
    const forms = [Buffer.from(secret), ...digests];
    return forms.flatMap((form) => [form.toString('hex'), form.toString('base64url').slice(0, -3)]);
  };

  describe('whoever asks what becomes of credentials', () => {
    sentence(50, 'may ask how they are kept', async () => {
      expect(await saysOf('How are the providers’ credentials kept?')).toMatch(
        /^Encrypted, each under a key/,
      );
    });

    sentence(51, 'finds them encrypted: nothing that is stored can be read', async () => {
      const { rows } = await shared.product.database((client) =>
        client.query<{ sealed: string }>(
          'SELECT credential::text AS sealed FROM registry.sealed_credential AS credential WHERE integration_id = $1',
          [integrationId],
        ),
      );
      expect(rows.length).toBeGreaterThan(0);
      const stored = rows.map(({ sealed }) => sealed).join('\n');
      for (const secret of [SECRET, HEADER])
        for (const form of [secret, ...tracesOf(secret)]) expect(stored).not.toContain(form);
    });

    sentence(52, 'sees them opened for a call alone, by which they are at the provider', async () => {
      const { book } = shared.product;
      const digest = createHash('sha256').update(SECRET).digest('hex');
      expect(await book.received(digest)).toBe(false);
      const gateway = shared.product.gateway(await organization.developerKey(workspaceId));
      const answer = await eventually(async () => {
        const called = await gateway.chat({
          model: '@canary/sim-small',
          max_tokens: 8,
          messages: [{ role: 'user', content: 'Hello' }],
        });
        if (called?.status !== 200) throw new Error(`${called?.status} ${called?.text}`);
        return called;
      }, 20_000);
      expect(await book.received(digest)).toBe(true);
      expect(answer.text + JSON.stringify(answer.headers)).not.toContain(SECRET);
    });

    sentence(53, 'may ask how they are linked to what developers call', async () => {
      expect(await saysOf('How are they linked to what developers call?')).toMatch(/^By ids .* at random/);
    });

    sentence(54, 'finds ids that are random: the same once more has others', async () => {
      const twin = await organization.rest<{ id: string }>('POST', '/v1/gatehouse/integrations', {
        ...{ name: 'Canary', slug: 'canary-again', provider: 'self-hosted', credential: { api_key: SECRET } },
        custom_host: `${shared.product.first.simulator}/v1`,
      });
      for (const id of [integrationId, twin.id]) expect(id).toMatch(/^int_[0-9a-z]{26}$/);
      // Nor have they a beginning in common, as what is made of a clock has.
      expect(twin.id.slice(0, 8)).not.toBe(integrationId.slice(0, 8));
    });

    sentence(55, 'works nothing out of ids, slugs or whatever else is told', async () => {
      const told = [await visitor.everywhere(), ...visitor.traffic.map(({ got, url }) => got + url)].join(
        '\n',
      );
      expect(told).toContain(integrationId);
      for (const secret of [SECRET, HEADER])
        for (const trace of tracesOf(secret)) expect(told).not.toContain(trace);
    });
  });
});
