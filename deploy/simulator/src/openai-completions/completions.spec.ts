import OpenAI from 'openai';
import { RunningSimulator } from '../testing/running-simulator';

const MODEL = 'babbage;first=0;interval=0';

let simulator: RunningSimulator;
let client: OpenAI;
beforeEach(async () => {
  simulator = await RunningSimulator.start();
  client = new OpenAI({ baseURL: `${simulator.address}/v1`, apiKey: 'sk', maxRetries: 0 });
});
afterEach(() => simulator.stop());

describe('completions', () => {
  it('say sixteen tokens where nothing else is asked, for each prompt', async () => {
    const { choices, usage } = await client.completions.create({ model: MODEL, prompt: ['abcd', 'efgh'] });
    expect(choices.map(({ index, text, finish_reason }) => [index, text, finish_reason])).toEqual([
      [0, 'tok '.repeat(16), 'length'],
      [1, 'tok '.repeat(16), 'length'],
    ]);
    expect(usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 32 });
    expect(simulator.rows()).toMatchObject([{ promptTokens: 2, completionTokens: 32, completed: true }]);
  });

  it('bill what best_of generates beside what is told', async () => {
    const body = { model: MODEL, prompt: 'abcd', max_tokens: 5, n: 2, best_of: 6 };
    const { choices, usage } = await client.completions.create(body);
    expect(choices).toHaveLength(2);
    expect(usage?.completion_tokens).toBe(30);
    expect(simulator.rows()).toMatchObject([{ completionTokens: 30 }]);
    await expect(client.completions.create({ ...body, best_of: 1 })).rejects.toThrow('best_of');
  });

  it('stream one token an event, then the usage', async () => {
    const stream = await client.completions.create({
      model: MODEL,
      prompt: 'abcd',
      max_tokens: 3,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.text)).toEqual(['tok ', 'tok ', 'tok ', '', undefined]);
    expect(chunks[3]?.choices[0]?.finish_reason).toBe('length');
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 3 });
  });
});
