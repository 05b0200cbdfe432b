import { until } from '@gatehouse/kernel/testing';
import { chunkOf, plainAnswer, type ReceivedCall, type Script, streamed } from './testing/fake-provider';
import { GatewayFixture, MODEL } from './testing/gateway-fixture';

const PROMPT_BYTES = 70_000;
/** In turn, so that a buffer that is given back too early is in use again. */
const ROUNDS = 4;
const OTHERS = 6;

const reset: Script = (_call, _response, request) => void request.socket.destroy();
const status =
  (code: number): Script =>
  (_call, response) =>
    void response.writeHead(code, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
/** A server that does not know `stream_options`. */
const refusing: Script = (call, response, request) => {
  if (!('stream_options' in call.json))
    return streamed([chunkOf('hi'), 'data: [DONE]\n\n'])(call, response, request);
  response.writeHead(422, { 'content-type': 'application/json' });
  response.end('{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}');
};
const never: Script = () => undefined;

/** How one call goes, beside others that are answered. */
interface Way {
  readonly scripts: readonly Script[];
  readonly stream?: boolean;
  /** The client leaves when its provider was called. */
  readonly leaves?: boolean;
  readonly model?: string;
  /** Of calls to the provider, as few as there may be. */
  readonly calls: number;
}

const WAYS: Readonly<Record<string, Way>> = {
  'is answered': { scripts: [plainAnswer()], calls: 1 },
  'is streamed': { scripts: [streamed([chunkOf('hi'), 'data: [DONE]\n\n'])], stream: true, calls: 1 },
  'is made again after a reset': { scripts: [reset, plainAnswer()], calls: 1 },
  'is made again without what its server does not know': { scripts: [refusing], stream: true, calls: 1 },
  'is refused by its provider': { scripts: [status(400)], calls: 1 },
  'fails at its provider': { scripts: [status(500)], calls: 1 },
  'is cut by its provider': { scripts: [streamed([chunkOf('hi')], { cut: true })], stream: true, calls: 1 },
  'takes too long': { scripts: [never], calls: 1 },
  'is left by its client': { scripts: [never], leaves: true, calls: 1 },
  'is left in the middle of its stream': {
    scripts: [streamed(Array<string>(50).fill(chunkOf('hi')), { everyMs: 20 })],
    ...{ stream: true, leaves: true, calls: 1 },
  },
  'is refused here': { scripts: [], model: '@acme/unknown', calls: 0 },
};

describe('the body of a call', () => {
  const gateway = new GatewayFixture();
  const { provider } = gateway;

  beforeAll(() => gateway.start({ GATEHOUSE_REQUEST_DEADLINE_MS: '1000' }));
  afterAll(() => gateway.stop());

  /** Each of one letter, another than those of others. */
  const promptOf = (letter: string): string => letter.repeat(PROMPT_BYTES);
  const said = ({ json }: ReceivedCall): string => (json['messages'] as [{ content: string }])[0].content;
  const ask = async (content: string, { model = MODEL, stream = false, leaves = false }: Partial<Way>) => {
    const before = provider.calls.length;
    const leaving = new AbortController();
    const body = { model, stream, messages: [{ role: 'user', content }], max_tokens: 10 };
    const answered = gateway
      .chat(body, {}, leaving.signal)
      .then((answer) => answer.text())
      .catch(() => undefined);
    if (leaves) {
      await until(() => provider.calls.slice(before).some((call) => said(call) === content));
      leaving.abort();
    }
    await answered;
  };

  it.each(Object.entries(WAYS))('is nobody else’s while it is read, also where it %s', async (_how, way) => {
    for (let round = 0; round < ROUNDS; round++) {
      const first = provider.calls.length;
      const own = promptOf('A');
      let attempt = 0;
      provider.script = (call, response, request) => {
        const script = said(call).startsWith('A')
          ? way.scripts[Math.min(attempt++, way.scripts.length - 1)]
          : plainAnswer();
        script?.(call, response, request);
      };
      const others = Array.from({ length: OTHERS }, (_, at) => promptOf(String.fromCharCode(98 + at)));
      // One after the other too: each may be given what the one before gave back.
      const inTurn = (async () => {
        for (const content of others.map((one) => one.toUpperCase())) await ask(content, {});
      })();
      await Promise.all([ask(own, way), inTurn, ...others.map((content) => ask(content, {}))]);
      const heard = provider.calls.slice(first).map(said).sort();
      expect(heard.filter((content) => content === own).length).toBeGreaterThanOrEqual(way.calls);
      // Whole, and of nobody else.
      const expected = new Set([own, ...others, ...others.map((one) => one.toUpperCase())]);
      expect(heard.filter((content) => !expected.has(content))).toEqual([]);
      expect(heard.filter((content) => content !== own)).toHaveLength(2 * OTHERS);
    }
  });
});
