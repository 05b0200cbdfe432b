import { eventually, until } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { newCommand, usdBudget } from './control-plane';
import { errorOf } from './gateway-client';
import type { Product } from './product';
import { report } from './report';
import { newTeam, type Team } from './team';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const PROMISED_MS = 1_000;

describe('what an admin takes away is gone within a second', () => {
  let product: Product;

  beforeAll(async () => {
    product = await sharedProduct();
  }, START_MS);

  const team = () =>
    newTeam(product, {
      models: ['sim-small;first=0;interval=0;completion=1', 'sim-small'],
      limits: [usdBudget(1_000_000_000n)],
    });

  const ask = ({ gateway, model }: Team) =>
    gateway.chat({ model: model(), messages: [{ role: 'user', content: 'Still here?' }], max_tokens: 1 });

  /**
   * Asks until the answer has this status and code; fails after the promised time or at any other refusal, but for one:
   * a request under way when the credential is destroyed may find it gone.
   */
  const refusedAs = async (
    asked: Team,
    what: string,
    status: number,
    codes: readonly string[],
  ): Promise<void> => {
    const taken = await until(
      async () => {
        const answer = await ask(asked);
        if (answer?.status === 200 || errorOf(answer).code === 'credential_unavailable') return false;
        expect({ status: answer?.status, code: errorOf(answer).code }).toEqual({
          status,
          code: expect.stringMatching(new RegExp(`^(${codes.join('|')})$`)),
        });
        return true;
      },
      what,
      PROMISED_MS,
    );
    report(`${what}: in force after ${taken.toFixed(0)} ms`);
  };

  it('a key', async () => {
    const asked = await team();
    expect((await ask(asked))?.status).toBe(200);
    await product.control().apiKeys.revokeApiKey({ ...newCommand(), apiKeyId: asked.apiKeyId });
    await refusedAs(asked, 'revoked key', 401, ['invalid_api_key']);
  });

  it('a provision, which can be given back', async () => {
    const asked = await team();
    expect((await ask(asked))?.status).toBe(200);
    const { provisions } = product.control();
    const change = { provisionId: asked.provisionId };
    await provisions.disableProvision({ ...newCommand(), ...change });
    await refusedAs(asked, 'disabled provision', 403, ['integration_disabled', 'provider_not_provisioned']);
    await provisions.enableProvision({ ...newCommand(), ...change });
    await until(async () => (await ask(asked))?.status === 200, 'the provision given back', PROMISED_MS);
  });

  it('an integration, which can be given back', async () => {
    const asked = await team();
    expect((await ask(asked))?.status).toBe(200);
    const { integrations } = product.control();
    const change = { integrationId: asked.integrationId };
    await integrations.disableIntegration({ ...newCommand(), ...change });
    await refusedAs(asked, 'disabled integration', 403, ['integration_disabled']);
    await integrations.enableIntegration({ ...newCommand(), ...change });
    await until(async () => (await ask(asked))?.status === 200, 'the integration given back', PROMISED_MS);
  });

  it(
    'an integration, from the command line, which also says what depends on it',
    async () => {
      const asked = await team();
      expect((await ask(asked))?.status).toBe(200);
      const integration = async (...words: string[]) => {
        const text = await product.cli('--json', 'integration', asked.integrationId, ...words);
        return (JSON.parse(text) as { integration: Record<string, unknown> }).integration;
      };
      expect(await integration('rename', 'Team of the spec')).toMatchObject({ name: 'Team of the spec' });
      expect(await integration('describe', 'For one test.')).toMatchObject({ description: 'For one test.' });
      const disabled = await integration('disable');
      expect(disabled).toMatchObject({ status: 'INTEGRATION_STATUS_DISABLED', revision: '3' });
      await refusedAs(asked, 'disabled by command', 403, ['integration_disabled']);
      const found = await product.cli(
        '--json',
        'integrations',
        '--search',
        'of the SPEC',
        '--status',
        'disabled',
      );
      expect(JSON.parse(found)).toEqual({ integrations: [disabled] });
      expect(await integration('enable')).toMatchObject({ status: 'INTEGRATION_STATUS_CONNECTED' });
      expect(await integration()).toMatchObject({ connectedBy: { kind: 'ACTOR_KIND_API_KEY' } });
      await eventually(async () =>
        expect(
          JSON.parse(await product.cli('--json', 'integration', asked.integrationId, 'dependents')),
        ).toEqual({ workspaces: '1', apiKeys: '1', callsLast7Days: expect.stringMatching(/^[1-9]/) }),
      );
      await expect(product.cli('disconnect', asked.integrationId)).rejects.toThrow(
        /INTEGRATION_IN_USE[^]*workspaces: 1[^]*api_keys: 1[^]*calls_last_7_days: [1-9]/,
      );
      await product.cli('disconnect', asked.integrationId, '--force');
      await refusedAs(asked, 'deleted by command', 404, ['unknown_provider']);
    },
    START_MS,
  );

  it('a model', async () => {
    const asked = await team();
    expect((await ask(asked))?.status).toBe(200);
    await product.control().provisions.allowModels(
      provisioningV1.AllowModelsRequest.fromPartial({
        ...newCommand(),
        provisionId: asked.provisionId,
        models: { all: false, names: ['sim-small'] },
      }),
    );
    await refusedAs(asked, 'model not allowed any more', 403, ['model_not_allowed']);
  });

  it(
    'a model of the integration, from the command line, which also says why it is offered',
    async () => {
      const asked = await team();
      const name = asked.model().slice(asked.model().indexOf('/') + 1);
      const access = async (...words: string[]) =>
        JSON.parse(await product.cli('--json', 'model-access', asked.integrationId, ...words)) as {
          integration: { modelAccess: object };
          models: { name: string; allowed?: boolean; accessReason: string; priceLayer?: string }[];
        };
      const offeredBy = async () => {
        const { models } = await access();
        return models.find((model) => model.name === name);
      };
      expect((await ask(asked))?.status).toBe(200);
      expect(await offeredBy()).toMatchObject({ allowed: true, accessReason: 'MODEL_ACCESS_REASON_CUSTOM' });
      expect((await access('--revoke', name)).integration.modelAccess).toMatchObject({ revoked: 1 });
      await refusedAs(asked, 'revoked model', 403, ['model_not_allowed']);
      await eventually(async () =>
        expect(await offeredBy()).toMatchObject({ accessReason: 'MODEL_ACCESS_REASON_REVOKED' }),
      );
      await access('--allow', name);
      await until(async () => (await ask(asked))?.status === 200, 'the model given back', PROMISED_MS);
      await access('--clear');
      await refusedAs(asked, 'cleared models', 403, ['model_not_allowed']);
      await access('--allow', name, '--auto-enable', 'on');
      await until(async () => (await ask(asked))?.status === 200, 'the model given back', PROMISED_MS);
    },
    START_MS,
  );

  it('an integration for good', async () => {
    const asked = await team();
    expect((await ask(asked))?.status).toBe(200);
    await product
      .control()
      .integrations.deleteIntegration({ ...newCommand(), integrationId: asked.integrationId, force: true });
    await refusedAs(asked, 'deleted integration', 404, ['unknown_provider']);
  });

  it('money: a limit that is lowered below what was spent', async () => {
    const asked = await team();
    expect((await ask(asked))?.status).toBe(200);
    await product.control().provisions.changeProvisionLimits({
      ...newCommand(),
      provisionId: asked.provisionId,
      limits: [usdBudget(1n)],
    });
    await refusedAs(asked, 'lowered limit', 412, ['budget_exceeded']);
  });
});
