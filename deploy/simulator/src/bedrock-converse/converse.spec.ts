import { EventStreamCodec } from '@smithy/core/event-streams';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { RunningSimulator } from '../testing/running-simulator';
import { SIMULATED_KEYS } from './signed-request';

const MODEL = 'us.amazon.nova-micro-v1:0;first=0;interval=0';
const BEARER = { authorization: 'Bearer bedrock-api-key' };
const messages = [{ role: 'user', content: [{ text: 'hello wörld' }] }];
const tool = (name: string, json: object): object => ({ toolSpec: { name, inputSchema: { json } } });
const tools = [
  tool('weather', { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
  tool('time', { type: 'object' }),
];

interface Block {
  text?: string;
  toolUse?: { toolUseId: string; name: string; input: unknown };
  reasoningContent?: { reasoningText: { text: string; signature: string } };
}
interface Answer {
  output: { message: { role: string; content: Block[] } };
  stopReason: string;
  usage?: { inputTokens: number; outputTokens: number; totalTokens: number };
}
interface Frame {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await RunningSimulator.start();
});
afterEach(() => simulator.stop());

const path = (model: string, verb: string): string => `/model/${encodeURIComponent(model)}/${verb}`;
const post = (body: object, model = MODEL, verb = 'converse'): Promise<Response> =>
  simulator.post(path(model, verb), { messages, ...body }, BEARER);
const ask = async (body: object, model = MODEL): Promise<Answer> =>
  (await (await post(body, model)).json()) as Answer;

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
/** Decoded by AWS's own codec, which checks both sums. */
const framesIn = (bytes: Buffer): Frame[] => {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const { headers, body } = codec.decode(bytes.subarray(at, at + bytes.readUInt32BE(at)));
    const type = headers[':event-type'] ?? headers[':exception-type'];
    frames.push({
      type: String(type?.value),
      data: JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>,
    });
  }
  return frames;
};
const stream = async (body: object, model = MODEL): Promise<Frame[]> =>
  framesIn(Buffer.from(await (await post(body, model, 'converse-stream')).arrayBuffer()));

describe('Converse', () => {
  it('has the shape, the usage and the bill of its own book', async () => {
    const response = await post({ inferenceConfig: { maxTokens: 2 } });
    expect(response.headers.get('x-amzn-requestid')).toBeTruthy();
    expect(await response.json()).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: 'tok tok ' }] } },
      stopReason: 'max_tokens',
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    });
    expect(simulator.rows()).toMatchObject([
      { model: MODEL, promptTokens: 3, completionTokens: 2, billedNanoUsd: '5500', completed: true },
    ]);
  });

  it('streams frames whose sums hold, the usage after the end of the message', async () => {
    const response = await post({ inferenceConfig: { maxTokens: 2 } }, MODEL, 'converse-stream');
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    const frames = framesIn(Buffer.from(await response.arrayBuffer()));
    expect(frames.map(({ type }) => type)).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockDelta',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(frames.at(-1)?.data).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2 } });
  });

  it('thinks, speaks and calls, plain and streamed alike, and takes it all back', async () => {
    const body = {
      toolConfig: { tools },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    };
    const model = `${MODEL};calls=2;preamble=1`;
    const { output, stopReason, usage } = await ask(body, model);
    expect(stopReason).toBe('tool_use');
    expect(output.message.content).toMatchObject([
      { reasoningContent: { reasoningText: { text: 'tok '.repeat(16) } } },
      { text: 'tok ' },
      { toolUse: { name: 'weather', input: { city: 'tok' } } },
      { toolUse: { name: 'time', input: {} } },
    ]);
    const frames = await stream(body, model);
    const starts = frames.filter(({ type }) => type === 'contentBlockStart');
    expect(starts.map(({ data }) => data)).toMatchObject([
      { contentBlockIndex: 2, start: { toolUse: { name: 'weather' } } },
      { contentBlockIndex: 3, start: { toolUse: { name: 'time' } } },
    ]);
    expect(frames.at(-1)?.data).toMatchObject({ usage });
    const results = output.message.content.flatMap(({ toolUse }) =>
      toolUse ? [{ toolResult: { toolUseId: toolUse.toolUseId, content: [{ text: '20' }] } }] : [],
    );
    const back = (content: object[]): Promise<Response> =>
      post({ ...body, messages: [...messages, output.message, { role: 'user', content }] });
    expect((await back(results)).status).toBe(200);
    expect((await back(results.slice(1))).status).toBe(400);
  });

  it('keeps a schema', async () => {
    const schema = JSON.stringify({ type: 'object', properties: { ok: { type: 'boolean' } } });
    const textFormat = { type: 'json_schema', structure: { jsonSchema: { name: 'x', schema } } };
    const { output } = await ask({ outputConfig: { textFormat } });
    expect(output.message.content).toEqual([{ text: '{"ok":true}' }]);
  });

  it.each([
    [{ messages: [{ role: 'assistant', content: [{ text: 'a' }] }] }, 'must start with a user message'],
    [{ messages: [...messages, ...messages] }, 'must alternate'],
    [{ messages: [{ role: 'user', content: [{ text: ' ' }] }] }, 'blank'],
    [{ messages: [{ role: 'user', content: 'hi' }] }, 'content'],
    [{ inferenceConfig: { maxTokens: 0 } }, 'maxTokens'],
    [{ inferenceConfig: { temperature: 2 } }, 'temperature'],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }, 'exactly one'],
  ])('refuses %j', async (body, blamed) => {
    const response = await post(body);
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
    expect(((await response.json()) as { message: string }).message).toContain(blamed);
  });

  it('fails in its own words', async () => {
    const typed = async (model: string): Promise<[number, string | null]> => {
      const response = await post({}, model);
      return [response.status, response.headers.get('x-amzn-errortype')];
    };
    expect(await typed('sim-429')).toEqual([429, 'ThrottlingException']);
    expect(await typed('sim-500')).toEqual([500, 'InternalServerException']);
    expect(await typed('sim-unknown')).toEqual([404, 'ResourceNotFoundException']);
    expect((await ask({}, 'sim-filter;interval=0')).stopReason).toBe('content_filtered');
    expect(await ask({}, 'sim-no-usage;interval=0')).not.toHaveProperty('usage');
    const broken = await stream({}, 'sim-stream-error;interval=0');
    expect(broken.at(-1)?.type).toBe('internalServerException');
    const nobody = await simulator.post(path(MODEL, 'converse'), { messages }, {});
    expect(nobody.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  });
});

describe('a signature', () => {
  const signed = async (secretAccessKey: string, tampered = false): Promise<number> => {
    const signer = new SignatureV4({
      service: 'bedrock',
      region: 'eu-central-1',
      credentials: { accessKeyId: SIMULATED_KEYS.accessKeyId, secretAccessKey },
      sha256: Hash.bind(null, 'sha256') as unknown as new () => Hash,
    });
    const { hostname, port, protocol, host } = new URL(simulator.address);
    const body = JSON.stringify({ messages });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      port: Number(port),
      path: path(MODEL, 'converse'),
      headers: { host, 'content-type': 'application/json' },
      body,
    });
    const sent = tampered ? body.replace('hello', 'hullo') : body;
    const request = { method: 'POST', headers, body: sent };
    return (await fetch(simulator.address + path(MODEL, 'converse'), request)).status;
  };

  it('of the simulated keys is checked over path and body', async () => {
    expect(await signed(SIMULATED_KEYS.secretAccessKey)).toBe(200);
    expect(await signed('another')).toBe(403);
    expect(await signed(SIMULATED_KEYS.secretAccessKey, true)).toBe(403);
  });

  it('of other keys is welcome', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIAOTHER/20260101/us-east-1/bedrock/aws4_request, ' +
      `SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const response = await simulator.post(path(MODEL, 'converse'), { messages }, { authorization });
    expect(response.status).toBe(200);
  });
});
