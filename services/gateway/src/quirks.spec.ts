import { until } from '@gatehouse/kernel/testing';
import { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { UNKNOWN_QUIRKS } from './domain/quirks';
import { chunkOf, plainAnswer, streamed, USAGE } from './testing/fake-provider';
import { API_KEY, GatewayFixture, MODEL } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];

describe('what the catalog says of a provider', () => {
  const gateway = new GatewayFixture();
  const { provider } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());

  /** Tells the gateway quirks and a price book, and waits until a call is made under that book. */
  const told = async (quirks: Partial<typeV1.Quirks>, version: bigint): Promise<void> => {
    const own = typeV1.Quirks.fromPartial({ ...UNKNOWN_QUIRKS, ...quirks } as typeV1.Quirks);
    const facts = typeV1.ProviderFacts.fromPartial({ served: true, quirks: own });
    gateway.control.set(
      { id: 'provider:self-hosted', value: { $case: 'provider', value: facts } },
      { id: 'pricebook', value: { $case: 'priceBook', value: { version, sha256: 'ab'.repeat(32) } } },
    );
    await until(async () => {
      await gateway.chat({ model: MODEL, messages });
      return gateway.bus.records.at(-1)?.priceBookVersion === version;
    });
  };
  const sent = () => provider.calls.at(-1)?.json;
  const lastRecord = async (calls: number) => {
    await until(() => gateway.bus.records.length >= calls);
    return gateway.bus.records.at(-1);
  };

  it('names the price book in force in each usage record, and leaves earlier ones theirs', async () => {
    await gateway.chat({ model: MODEL, messages });
    expect(await lastRecord(1)).toMatchObject({ priceBookVersion: undefined });
    await told({}, 3n);
    await told({}, 4n);
    const versions = gateway.bus.records.map(({ priceBookVersion }) => priceBookVersion);
    expect(versions[0]).toBeUndefined();
    expect(versions).toEqual(expect.arrayContaining([3n, 4n]));
  });

  it('says under which name it is told an output limit, and no other goes out', async () => {
    await told({ outputLimit: 'n_predict', outputLimitSynonyms: ['max_tokens', 'num_predict'] }, 5n);
    await gateway.chat({ model: MODEL, messages, max_tokens: 7, num_predict: 7 });
    expect(sent()).toEqual({ model: 'small', messages, n_predict: 7 });
    const contradicting = { model: MODEL, messages, n_predict: 4_000, max_tokens: 7 };
    expect((await gateway.chat(contradicting)).status).toBe(400);
  });

  it.each(['line\r\nend: 1', '日本', 'plain'])(
    'says whether it is strict: %j is left out, and answered',
    async (name) => {
      await told({ strict: true }, 20n);
      const body = { model: MODEL, messages, max_tokens: 7, [name]: 1 };
      const answer = await gateway.chat(body, { 'x-gatehouse-drop-unsupported': 'true' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-gatehouse-dropped')).toBe(name.replace(/[^\x20-\x7e]/g, '?'));
      expect(sent()).toEqual({ model: 'small', messages, max_tokens: 7 });
      await told({}, 21n);
    },
  );

  it('says whether it takes stream_options', async () => {
    await told({ streamOptions: false }, 6n);
    await (await gateway.chat({ model: MODEL, messages, stream: true, max_tokens: 7 })).text();
    expect(sent()).toEqual({ model: 'small', messages, stream: true, max_tokens: 7 });
    await told({ streamOptions: true }, 7n);
    await (await gateway.chat({ model: MODEL, messages, stream: true, max_tokens: 7 })).text();
    expect(sent()).toHaveProperty('stream_options', { include_usage: true });
  });

  it('says where usage lies', async () => {
    await told({ usagePaths: ['usage', 'x_vendor.usage'] }, 8n);
    provider.script = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const usage = { prompt_tokens: 3, completion_tokens: 2 };
      response.end(JSON.stringify({ choices: [{ message: { content: 'ab' } }], x_vendor: { usage } }));
    };
    await gateway.chat({ model: MODEL, messages, max_tokens: 7 });
    await until(() => gateway.bus.records.some(({ inputTokens }) => inputTokens === 3n));
    expect(gateway.bus.records.at(-1)).toMatchObject({ outputTokens: 2n, estimated: false });
    provider.script = plainAnswer();
  });

  it.each([
    [true, 800n],
    [false, undefined],
  ])('says whether what is cancelled is billed in full: %s', async (cancelledBilledInFull, tokens) => {
    await told({ cancelledBilledInFull }, cancelledBilledInFull ? 9n : 10n);
    provider.script = streamed(
      [chunkOf('a'), chunkOf('b', USAGE), ...Array<string>(200).fill(chunkOf('c'))],
      {
        everyMs: 50,
      },
    );
    const abort = new AbortController();
    const body = { model: MODEL, messages, stream: true, max_tokens: 800 };
    const answer = await gateway.chat(body, {}, abort.signal);
    await answer.body?.getReader().read();
    abort.abort();
    const left = meteringV1.UsageOutcome.CLIENT_LEFT;
    const known = gateway.bus.records.filter(({ outcome }) => outcome === left).length;
    await until(() => gateway.bus.records.filter(({ outcome }) => outcome === left).length > known);
    const { outputTokens } = gateway.bus.records.findLast(({ outcome }) => outcome === left) ?? {};
    if (tokens === undefined) expect(outputTokens).toBeLessThan(800n);
    else expect(outputTokens).toBe(tokens);
    provider.script = plainAnswer();
  });

  it('says no name of an output limit where the language has one for all', async () => {
    await told({ outputLimit: 'max_completion_tokens', outputLimitSynonyms: ['max_tokens'] }, 11n);
    gateway.setIntegration({ slug: 'other', dialect: 'anthropic' });
    const body = { model: '@other/small', messages, max_tokens: 7 };
    provider.calls.length = 0;
    await until(async () => {
      const headers = { 'x-api-key': API_KEY, 'anthropic-version': '2023-06-01' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      await fetch(`${gateway.url}/v1/messages`, init);
      return sent() !== undefined && 'max_tokens' in (sent() as object);
    }, 'it to be sent');
    expect(sent()).toEqual({ ...body, model: 'small' });
  });
});
