import OpenAI from 'openai';
import { RunningSimulator } from '../testing/running-simulator';

const MODEL = 'embed;first=0';

let simulator: RunningSimulator;
let client: OpenAI;
beforeEach(async () => {
  simulator = await RunningSimulator.start();
  client = new OpenAI({ baseURL: `${simulator.address}/v1`, apiKey: 'sk', maxRetries: 0 });
});
afterEach(() => simulator.stop());

describe('embeddings', () => {
  it('are as many as the inputs, in either encoding, and bill the input alone', async () => {
    const sdk = await client.embeddings.create({ model: MODEL, input: ['hello', 'wörld!!'], dimensions: 4 });
    expect(sdk.data.map(({ index, embedding }) => [index, embedding])).toEqual([
      [0, [0.5, 0.5, 0.5, 0.5]],
      [1, [0.5, 0.5, 0.5, 0.5]],
    ]);
    const floats = await client.embeddings.create({
      model: MODEL,
      input: [1, 2, 3],
      encoding_format: 'float',
    });
    expect(floats.data).toHaveLength(1);
    expect([sdk, floats].map(({ usage }) => usage)).toEqual([
      { prompt_tokens: 4, total_tokens: 4 },
      { prompt_tokens: 3, total_tokens: 3 },
    ]);
    expect(simulator.rows()).toMatchObject([
      { promptTokens: 4, completionTokens: 0, billedNanoUsd: '2000', completed: true },
      { promptTokens: 3, completionTokens: 0, billedNanoUsd: '1500', completed: true },
    ]);
  });

  it.each([
    [{}, 'input'],
    [{ input: '' }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: ['a', 1.5] }, 'input[1]'],
    [{ input: 'a', encoding_format: 'hex' }, 'encoding_format'],
    [{ input: 'a', dimensions: 0 }, 'dimensions'],
  ])('refuse %j', async (body, param) => {
    const headers = { authorization: 'Bearer sk' };
    const response = await simulator.post('/v1/embeddings', { model: MODEL, ...body }, headers);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('fail by model name as chat does', async () => {
    const ask = (model: string): Promise<unknown> => client.embeddings.create({ model, input: 'hi' });
    await expect(ask('sim-429')).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(ask('sim-cut;first=0')).rejects.toThrow();
    expect(await ask('sim-no-usage;first=0')).not.toHaveProperty('usage');
    expect(simulator.rows()).toMatchObject([
      { billedNanoUsd: '0' },
      { promptTokens: 1, completed: false },
      { promptTokens: 1, completed: true },
    ]);
  });
});
