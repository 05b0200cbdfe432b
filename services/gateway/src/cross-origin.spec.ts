import { chunkOf, plainAnswer, streamed as inPieces } from './testing/fake-provider';
import { API_KEY, GatewayFixture, MODEL } from './testing/gateway-fixture';

const PAGE = 'https://app.example';
const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 10 };
/** What OpenAI's SDK sends of its own. */
const NAMES = 'authorization,content-type,x-stainless-lang,x-stainless-retry-count';

describe('a page of another origin', () => {
  const gateway = new GatewayFixture();
  afterEach(() => gateway.stopGateway());
  afterAll(() => gateway.stop());
  beforeAll(() => gateway.startSurroundings());

  const startWith = (origins?: string) =>
    gateway.startGateway(origins === undefined ? {} : { GATEHOUSE_CORS_ORIGINS: origins });
  const preflight = (origin: string, path = '/v1/chat/completions', headers = NAMES) =>
    fetch(gateway.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': headers,
      },
    });
  const crossOriginHeaders = ({ headers }: Response): string[] =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-') || name === 'vary');

  it('is told nothing where none is listed', async () => {
    await startWith();
    const asked = await preflight(PAGE);
    expect(asked.status).toBe(404);
    expect(await asked.json()).toMatchObject({ error: { code: 'unknown_url' } });
    for (const answer of [asked, await gateway.chat(body, { origin: PAGE })])
      expect(crossOriginHeaders(answer)).toEqual([]);
  });

  it('may call where it is listed: asked without a key, answered with what the page may read', async () => {
    await startWith(`https://other.example, ${PAGE}`);
    for (const path of ['/v1/chat/completions', '/v1/messages', '/openai/deployments/@a%2Fb/embeddings']) {
      const asked = await preflight(PAGE, path);
      expect([asked.status, await asked.text()]).toEqual([204, '']);
      expect(Object.fromEntries(asked.headers)).toMatchObject({
        'access-control-allow-origin': PAGE,
        'access-control-allow-headers': NAMES,
        'access-control-allow-methods': expect.stringContaining('POST'),
        vary: 'origin',
      });
      expect(asked.headers.has('access-control-allow-credentials')).toBe(false);
    }
    const readable = {
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': '*',
      vary: 'origin',
    };
    const answered = await gateway.chat(body, { origin: PAGE });
    expect(answered.status).toBe(200);
    expect(Object.fromEntries(answered.headers)).toMatchObject(readable);
    gateway.provider.script = inPieces([chunkOf('Yes.'), 'data: [DONE]\n\n']);
    const streamed = await gateway.chat({ ...body, stream: true }, { origin: PAGE });
    expect(await streamed.text()).toContain('[DONE]');
    expect(Object.fromEntries(streamed.headers)).toMatchObject(readable);
    gateway.provider.script = plainAnswer();
    // What is refused has to be read by the page as well: without a key, and where there is nothing.
    const refused = await gateway.chat(body, { origin: PAGE, authorization: 'Bearer gh_none' });
    const nowhere = await fetch(`${gateway.url}/v1/nothing`, { headers: { origin: PAGE } });
    const listed = await fetch(`${gateway.url}/v1/models`, {
      headers: { origin: PAGE, authorization: `Bearer ${API_KEY}` },
    });
    expect([refused.status, nowhere.status, listed.status]).toEqual([401, 404, 200]);
    for (const answer of [refused, nowhere, listed])
      expect(Object.fromEntries(answer.headers)).toMatchObject(readable);
  });

  it.each(['https://app.example.evil', 'http://app.example', 'https://app.example:8443', 'null'])(
    'is not taken for one that is listed: %s',
    async (origin) => {
      await startWith(PAGE);
      const asked = await preflight(origin);
      expect(asked.status).toBe(404);
      // A cache has to know that another origin is answered otherwise.
      for (const answer of [asked, await gateway.chat(body, { origin })])
        expect(crossOriginHeaders(answer)).toEqual(['vary']);
    },
  );

  it('may be any; names of headers that are none are not given back', async () => {
    await startWith('*');
    const asked = await preflight('https://anywhere.example');
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    const odd = await preflight('https://anywhere.example', '/v1/messages', 'a(b), c"d');
    expect([odd.status, odd.headers.get('access-control-allow-headers')]).toEqual([204, null]);
  });

  it.each([
    'app.example',
    'https://app.example/',
    'https://APP.example',
    'https://app.example:443',
    'ftp://a',
  ])('is not listed as no browser writes it: %s', async (origin) => {
    await expect(startWith(origin)).rejects.toThrow('GATEHOUSE_CORS_ORIGINS: must be origins');
  });

  it('finds the id of its request where the SDK of its language looks for it', async () => {
    await startWith();
    const chat = await gateway.chat(body);
    expect(chat.headers.get('x-request-id')).toBe(chat.headers.get('x-gatehouse-request-id'));
    const refused = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('request-id')).toMatch(/^req_/);
    expect(refused.headers.get('x-request-id')).toBeNull();
  });
});
