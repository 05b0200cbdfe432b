import OpenAI from 'openai';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { newCommand } from './control-plane';
import { processTree, runningProcesses } from './process-tree';
import { Product, runCommand } from './product';
import { report } from './report';
import { userEnv } from './launch';
import { tmpdir } from 'node:os';

const START_MS = 120_000;
const messages = [{ role: 'user' as const, content: 'Who keeps the books?' }];

describe('the first hour of a user', () => {
  let product: Product;
  let openai: OpenAI;

  beforeAll(async () => {
    const start = Date.now();
    product = await Product.start({ throughNpm: true });
    report(`first start through npm: ${((Date.now() - start) / 1000).toFixed(1)} s`);
    openai = clientWith(product.first.apiKey);
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  const clientWith = (apiKey: string): OpenAI =>
    new OpenAI({ baseURL: `${product.gatewayUrl}/v1`, apiKey, maxRetries: 0 });

  it('announces itself in one line of JSON and nothing else', () => {
    expect(product.stdout.trimEnd().split('\n')).toHaveLength(1);
    const { adminKey, apiKey, ...rest } = product.first;
    expect(adminKey).toMatch(/^gh_[0-9a-z]{26}_[\w-]{43}_[\w-]{12}$/);
    expect(apiKey).toMatch(/^gh_[0-9a-z]{26}_[\w-]{43}_[\w-]{12}$/);
    expect(rest).toEqual({
      gateway: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      simulator: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      grpc: {
        registry: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        provisioning: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        metering: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        audit: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      },
      organization: expect.stringMatching(/^org_[0-9a-z]{26}$/),
      workspace: expect.stringMatching(/^ws_[0-9a-z]{26}$/),
      model: '@simulator/sim-small',
      signIn: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#link=ghl_[\w-]+$/),
    });
  });

  it('prints a link that opens the console signed in, once', async () => {
    const { console: url, signIn } = product.first;
    expect((await fetch(url, { headers: { accept: 'text/html' } })).headers.get('content-type')).toMatch(
      /^text\/html/,
    );
    const post = () =>
      fetch(`${url}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify({ link: signIn.split('#link=')[1] }),
      });
    const session = await post();
    expect([session.status, await session.json()]).toMatchObject([
      200,
      { role: 'admin', apiKey: { name: 'First admin key' } },
    ]);
    expect((await post()).status).toBe(401);
  });

  it('shows each step with its time', () => {
    for (const step of ['Postgres', 'Migrations', 'Services', 'First organization']) {
      expect(product.stderr).toMatch(new RegExp(`✓ ${step} \\(\\d+\\.\\d s\\)`));
    }
  });

  it('answers curl', async () => {
    const body = JSON.stringify({ model: product.first.model, messages });
    const line = `curl -sS -f ${product.gatewayUrl}/v1/chat/completions -H 'Authorization: Bearer ${product.first.apiKey}' -H 'Content-Type: application/json' -d '${body}'`;
    const answer = JSON.parse(await runCommand('sh', ['-c', line], { cwd: tmpdir(), env: userEnv() })) as {
      choices: unknown[];
    };
    expect(answer.choices).toHaveLength(1);
  });

  it('answers the openai package: plain', async () => {
    const answer = await openai.chat.completions.create({
      model: product.first.model,
      messages,
      max_tokens: 10,
    });
    expect(answer.choices[0]?.message.content).toBeTruthy();
    expect(answer.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 });
  });

  it.each([false, true])('answers the openai package: streaming, usage wanted: %p', async (include_usage) => {
    const stream = await openai.chat.completions.create({
      model: product.first.model,
      messages,
      max_tokens: 10,
      stream: true,
      ...(include_usage && { stream_options: { include_usage } }),
    });
    let content = '';
    const usages: unknown[] = [];
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? '';
      if (chunk.usage) usages.push(chunk.usage);
      if (!include_usage) expect(chunk.choices).toHaveLength(1);
    }
    expect(content).not.toBe('');
    expect(usages).toEqual(
      include_usage ? [expect.objectContaining({ prompt_tokens: 5, completion_tokens: 10 })] : [],
    );
  });

  it('answers the openai package: errors of the right class', async () => {
    const ask = (client: OpenAI, model: string, max_tokens = 10) =>
      client.chat.completions.create({ model, messages, max_tokens }).then(
        () => undefined,
        (error: unknown) => error,
      );
    const wrongKey = await ask(clientWith(`${product.first.apiKey.slice(0, -1)}~`), product.first.model);
    expect(wrongKey).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(wrongKey).toMatchObject({ status: 401, code: 'invalid_api_key' });
    const unlisted = await ask(openai, '@simulator/unlisted');
    expect(unlisted).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(unlisted).toMatchObject({ status: 403, code: 'model_not_allowed', param: 'model' });
    expect(await ask(openai, '@nowhere/sim-small')).toBeInstanceOf(OpenAI.NotFoundError);
    const tooLong = await ask(openai, product.first.model, 4_097);
    expect(tooLong).toBeInstanceOf(OpenAI.BadRequestError);
    expect(tooLong).toMatchObject({ status: 400, code: 'invalid_request', param: 'max_tokens' });
    expect(await ask(openai, '@simulator/sim-429')).toBeInstanceOf(OpenAI.RateLimitError);
    expect(await ask(openai, '@simulator/sim-500')).toBeInstanceOf(OpenAI.InternalServerError);
  });

  it('lists the models', async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toContain(product.first.model);
    expect(ids).toContain('@simulator/sim-cut');
  });

  it('shows limits, usage, records and history on the command line', async () => {
    const limits = JSON.parse(await product.cli('--json', 'limits')) as { limits: { limit: string }[] };
    expect(limits.limits).toEqual([expect.objectContaining({ limit: '1000000000', budget: true })]);
    const history = JSON.parse(await product.cli('--json', 'history')) as { events: { type: string }[] };
    expect(history.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'OrganizationCreated',
        'ApiKeyIssued',
        'IntegrationConnected',
        'IntegrationProvisioned',
      ]),
    );
    for (const command of [['limits'], ['usage', '--by', 'model'], ['records'], ['history'], ['providers']]) {
      expect(await product.cli(...command)).not.toBe('');
    }
  });

  it('searches and orders its lists on the command line', async () => {
    const namesOf = async (...command: string[]): Promise<string[]> => {
      const answer = JSON.parse(await product.cli('--json', ...command)) as Record<string, object[]>;
      return Object.values(answer)
        .flat()
        .map((one) => ('name' in one ? String(one.name) : 'slug' in one ? String(one.slug) : ''));
    };
    const keys = await namesOf('keys', '--order-by', 'name');
    expect(keys.length).toBeGreaterThan(1);
    expect(await namesOf('keys', '--order-by', 'name desc')).toEqual([...keys].reverse());
    for (const list of ['workspaces', 'provisions'])
      expect(await namesOf(list, '--search', 'nothing-is-called-so')).toEqual([]);
    expect(await namesOf('provisions', '--enabled', 'yes', '--order-by', 'slug')).toContain('Simulator');
  });

  it('says what a workspace may call, and why, on the command line', async () => {
    const of = ['--workspace', product.first.workspace];
    const ask = async (...command: string[]) =>
      JSON.parse(await product.cli('--json', ...command, ...of)) as Record<string, unknown>;
    const { model } = product.first;
    // What was called above is held until the gateway's next report, and spent from then on.
    await eventually(async () => {
      const allowed = await ask('access', '--model', model);
      expect(allowed).toMatchObject({
        allowed: true,
        reason: 'allowed',
        provision: expect.stringMatching(/^prv_/),
      });
      expect(allowed['limits']).toEqual([
        expect.objectContaining({
          scope: 'provision',
          left: expect.objectContaining({ spent: expect.any(String) }),
        }),
      ]);
    });
    expect(await ask('access', '--model', '@simulator/unlisted')).toMatchObject({
      allowed: false,
      reason: 'model_not_offered',
      model_rule: 'not_selected',
    });
    expect(await ask('ai-providers')).toMatchObject({
      providers: [{ slug: 'simulator', status: 'AI_PROVIDER_STATUS_ACTIVE' }],
    });
    expect(await ask('available-models', '--search', 'sim-small')).toMatchObject({ models: [{ id: model }] });
    expect(await product.cli('ai-providers', ...of)).toContain('@simulator');
  });

  it('a workspace created after the policy was set can call the model at once, within the default limits', async () => {
    const control = product.control();
    const request = provisioningV1.ListProvisionsRequest.fromPartial({
      workspaceId: product.first.workspace,
    });
    const [provision] = (await control.provisions.listProvisions(request)).provisions;
    const json = async <Answer>(...command: string[]): Promise<Answer> =>
      JSON.parse(await product.cli('--json', ...command)) as Answer;
    const integration = provision?.integrationId ?? '';
    await json('auto-provision', integration, '--on', '--requests-per', 'day=1');
    const created = await json<{ workspace: { id: string }; provisionsPending?: boolean }>(
      'workspaces',
      'create',
      'After the policy',
    );
    expect(created.provisionsPending).toBeUndefined();
    const issue = ['keys', 'issue', 'its first', '--workspace', created.workspace.id];
    const newcomer = clientWith((await json<{ secret: string }>(...issue)).secret);
    const call = () =>
      newcomer.chat.completions.create({ model: product.first.model, messages, max_tokens: 10 });
    const answer = await eventually(call);
    expect(answer.choices).toHaveLength(1);
    await expect(call()).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await json('auto-provision', integration, '--off');
  });

  it(
    'holds calls to the limits of organization, integration and each key, and to the ends of a provision',
    async () => {
      const json = async (...args: string[]) => JSON.parse(await product.cli('--json', ...args)) as object;
      const { provisions } = (await json('provisions')) as {
        provisions: { id: string; integrationId: string }[];
      };
      const { id: provision = '', integrationId: integration = '' } = provisions[0] ?? {};
      const refusal = () =>
        openai.chat.completions.create({ model: product.first.model, messages, max_tokens: 10 }).then(
          () => undefined,
          (error: unknown) => error,
        );
      const caps: [scope: string, command: string[]][] = [
        ['organization', ['organization', 'limit']],
        ['integration', ['integration', integration, 'limit']],
        ['workspace_key', ['workspaces', 'limit', product.first.workspace, '--per-key']],
      ];
      for (const [scope, command] of caps) {
        await product.cli(...command, '--budget-usd', '0.000000001', '--reset', 'weekly');
        await eventually(async () =>
          expect(await refusal()).toMatchObject({
            code: 'request_exceeds_limit',
            error: { limit: { scope } },
          }),
        );
        await product.cli(...command, '--none');
        await eventually(async () => expect(await refusal()).toBeUndefined());
      }
      // Not on the command line, which may take longer to start than the provision has to live.
      const expiry = { provisionId: provision, expiresAt: new Date(Date.now() + 2_000) };
      await product.control().provisions.changeProvisionExpiry({ ...newCommand(), ...expiry });
      await eventually(async () => expect(await refusal()).toMatchObject({ code: 'provision_expired' }));
      await product.cli('expire', provision, '--never');
      await eventually(async () => expect(await refusal()).toBeUndefined());
      const raised = await product.cli('raise', provision, '--budget-usd', '5', '--until', '2999-01-01');
      expect(raised).toContain('5.00 USD more until 2999-01-01T00:00:00.000Z');
      await eventually(async () => {
        const { limits } = (await json('limits', provision)) as { limits: { limit: string }[] };
        expect(limits).toEqual([expect.objectContaining({ limit: '6000000000' })]);
      });
    },
    START_MS,
  );

  it(
    'keeps what was done through Ctrl-C, which leaves no process behind, and a second start',
    async () => {
      const control = product.control();
      const [provision] = (
        await control.provisions.listProvisions(
          provisioningV1.ListProvisionsRequest.fromPartial({
            pageSize: 0,
            pageToken: '',
            workspaceId: product.first.workspace,
            atLeastPosition: '',
          }),
        )
      ).provisions;
      const scope = provision?.id ?? '';
      const spent = await eventually(async () => {
        const { spent, held } = (await control.limitStates(scope))[0] ?? {};
        expect(held).toBe(0n);
        expect(spent).toBeGreaterThan(0n);
        return spent;
      });
      const records = await control.records();
      const tree = processTree(product.pid).map(({ pid }) => pid);
      expect(tree.length).toBeGreaterThan(7);
      // npm ends as a terminal expects of it: by the signal.
      expect(await product.interrupt()).toEqual({ code: null, signal: 'SIGINT' });
      expect(runningProcesses().filter(({ pid }) => tree.includes(pid))).toEqual([]);

      const start = Date.now();
      const { adminKey, apiKey, signIn, ...second } = await product.startAgain();
      report(`second start through npm: ${((Date.now() - start) / 1000).toFixed(1)} s`);
      expect({ adminKey, apiKey }).toEqual({});
      const { adminKey: _admin, apiKey: _api, signIn: firstLink, ...first } = product.first;
      expect(signIn).toContain('#link=ghl_');
      expect(signIn).not.toBe(firstLink);
      expect(second).toEqual(first);
      expect((await control.limitStates(scope))[0]).toMatchObject({ spent, held: 0n });
      expect(await control.records()).toEqual(records);
      const answer = await openai.chat.completions.create({
        model: product.first.model,
        messages,
        max_tokens: 10,
      });
      expect(answer.usage?.completion_tokens).toBe(10);
    },
    START_MS,
  );
});
