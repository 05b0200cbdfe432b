import { AzureOpenAI } from 'openai';
import { RunningSimulator, eventsIn } from '../testing/running-simulator';
import { MODEL } from './azure.wire';

const DEPLOYMENT = 'my-gpt;first=0;interval=0';
const messages = [{ role: 'user' as const, content: 'hello wörld' }];
const KEY = { 'api-key': 'azure-key' };

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await RunningSimulator.start();
});
afterEach(() => simulator.stop());

const client = (): AzureOpenAI =>
  new AzureOpenAI({
    endpoint: simulator.address,
    apiKey: 'azure-key',
    apiVersion: '2024-10-21',
    maxRetries: 0,
  });
const dated = (path: string, body: object, headers: Record<string, string> = KEY): Promise<Response> =>
  simulator.post(`/openai/deployments/${encodeURIComponent(DEPLOYMENT)}/${path}`, body, headers);

describe('Azure', () => {
  it('serves its SDK, plain and streamed, and names the model behind the deployment', async () => {
    const body = { model: DEPLOYMENT, messages, max_tokens: 2 };
    const plain = await client().chat.completions.create(body);
    expect(plain).toMatchObject({ model: MODEL, choices: [{ message: { content: 'tok tok ' } }] });
    const stream = await client().chat.completions.create({ ...body, stream: true });
    let content = '';
    for await (const { choices } of stream) content += choices[0]?.delta.content ?? '';
    expect(content).toBe('tok tok ');
    const embedded = await client().embeddings.create({ model: DEPLOYMENT, input: 'hello' });
    expect(embedded.data).toHaveLength(1);
    expect(simulator.rows()).toMatchObject([
      { model: DEPLOYMENT, promptTokens: 3, completionTokens: 2 },
      { model: DEPLOYMENT, promptTokens: 3, completionTokens: 2 },
      { model: DEPLOYMENT, promptTokens: 2, completionTokens: 0 },
    ]);
  });

  it('begins a stream with what its filter found, in a chunk of no choices', async () => {
    const response = await dated('chat/completions?api-version=2024-10-21', { messages, stream: true });
    const [first, second] = eventsIn(await response.text());
    expect(first?.data).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    expect(second?.data).toMatchObject({
      model: MODEL,
      choices: [{ content_filter_results: { violence: { severity: 'safe' } } }],
    });
  });

  it('takes the deployment of the body where the path has none', async () => {
    const body = { model: DEPLOYMENT, messages };
    const bearer = { authorization: 'Bearer entra-token' };
    expect((await simulator.post('/openai/v1/chat/completions', body, bearer)).status).toBe(200);
    const embedding = { model: DEPLOYMENT, input: 'hi' };
    expect((await simulator.post('/openai/v1/embeddings?api-version=preview', embedding, KEY)).status).toBe(
      200,
    );
    expect(simulator.rows()).toMatchObject([{ model: DEPLOYMENT }, { model: DEPLOYMENT }]);
  });

  it('refuses in its own envelope', async () => {
    const path = 'chat/completions?api-version=2024-10-21';
    const nobody = await dated(path, { messages }, {});
    expect([nobody.status, await nobody.json()]).toMatchObject([401, { error: { code: '401' } }]);
    expect((await dated('chat/completions', { messages })).status).toBe(404);
    const unknown = await simulator.post(`/openai/deployments/sim-unknown/${path}`, { messages }, KEY);
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { error: { code: 'DeploymentNotFound' } },
    ]);
    const echoed = await simulator.post(`/openai/deployments/sim-echo-credential/${path}`, { messages }, KEY);
    expect(await echoed.text()).toContain('azure-key');
  });
});
