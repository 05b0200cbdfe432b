import { eventually } from '@gatehouse/kernel/testing';
import { newCommand, usdBudget } from './control-plane';
import { errorOf } from './gateway-client';
import { expectHistoryKept } from './kept-books';
import { Product } from './product';
import { newTeam, type Team } from './team';

const START_MS = 120_000;
const MODEL = 'sim-small;first=0;interval=0;completion=1';

/** The way of a command to the gateway and of a call to the books, which leads through the store and the bus. */
describe('a product on the engines that it was given', () => {
  let product: Product;
  let team: Team;

  beforeAll(async () => {
    product = await Product.start();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(1_000_000_000n)] });
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  const answered: string[] = [];
  const ask = async ({ gateway, model }: Team) => {
    const answer = await gateway.chat({
      model: model(),
      messages: [{ role: 'user', content: 'Who keeps the books?' }],
    });
    if (answer?.status === 200) answered.push(answer.requestId);
    return answer;
  };
  const recordIds = async () =>
    (await product.control().records(team.workspaceId)).map(({ requestId }) => requestId);

  it('charges a call, records it, and has the history of what led to it', async () => {
    const answer = await ask(team);
    expect(answer?.status).toBe(200);
    await eventually(async () => expect(await recordIds()).toEqual([answer?.requestId]));
    expect((await product.control().limitAtRest(team.provisionId)).spent).toBeGreaterThan(0n);
    await eventually(async () => {
      const types = (await product.control().history()).map(({ type }) => type);
      expect(types).toEqual(
        expect.arrayContaining(['IntegrationConnected', 'WorkspaceCreated', 'IntegrationProvisioned']),
      );
    });
  });

  it('takes away what an admin takes away', async () => {
    const { apiKeyId, key } = await newTeam(product, { models: [MODEL] });
    const taken = product.gateway(key);
    await product.control().apiKeys.revokeApiKey({ ...newCommand(), apiKeyId });
    await eventually(async () =>
      expect(errorOf(await taken.send('GET', '/v1/models', undefined)).code).toBe('invalid_api_key'),
    );
    await product.control().provisions.changeProvisionLimits({
      ...newCommand(),
      provisionId: team.provisionId,
      limits: [usdBudget(1n)],
    });
    await eventually(async () => expect(errorOf(await ask(team)).code).toBe('budget_exceeded'));
  });

  it(
    'keeps all of it through Ctrl-C and a second start',
    async () => {
      const control = product.control();
      // A record is written after its answer: what is compared below is what all the answers have left.
      await eventually(async () => expect((await recordIds()).sort()).toEqual([...answered].sort()));
      const [records, history] = [await recordIds(), await control.history()];
      const { spent } = await control.limitAtRest(team.provisionId);
      expect(await product.interrupt()).toEqual({ code: 0, signal: null });
      const second = await product.startAgain();
      // A link signs in once: each start has another.
      expect(second.signIn).not.toBe(product.first.signIn);
      const { signIn } = product.first;
      expect({ ...product.first, ...second, signIn }).toEqual(product.first);
      expect(await recordIds()).toEqual(records);
      expectHistoryKept(history, await control.history());
      expect(await control.limitAtRest(team.provisionId)).toMatchObject({ spent });
      expect(errorOf(await ask(team)).code).toBe('budget_exceeded');
    },
    START_MS,
  );
});
