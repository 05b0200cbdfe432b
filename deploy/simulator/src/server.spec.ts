import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { eventually, until } from '@gatehouse/kernel/testing';
import { Book } from './core/book';
import { SERVER_OPTIONS, simulatorListener } from './server';

interface Row {
  id: string;
  model: string;
  promptTokens: number;
  completionTokens: number;
  billedNanoUsd: string;
  completed: boolean;
}
interface Chunk {
  choices: { index: number; delta: { content?: string; role?: string }; finish_reason: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
}

const QUICK = 'sim-small;first=0;interval=0';
const messages = [{ role: 'user' as const, content: 'hello wörld' }];

let directory: string;
let book: Book;
let server: Server;
let address: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  book = Book.load(directory, { input: 500_000_000n, output: 2_000_000_000n });
  server = createServer(SERVER_OPTIONS, simulatorListener(book));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  book.close();
  rmSync(directory, { recursive: true });
});

const post = (body: object | string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const getBook = async (): Promise<{ billedNanoUsd: string; requests: Row[] }> =>
  (await (await fetch(`${address}/book`)).json()) as { billedNanoUsd: string; requests: Row[] };
const eventsOf = (text: string): string[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .map((event) => event.replace(/^data: /, ''));
const chunksOf = (text: string): Chunk[] =>
  eventsOf(text)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as Chunk);

/** Posts and hands over the answer as it starts, to be left or read slowly. */
const open = (body: object): Promise<{ leave: () => void; response: IncomingMessage }> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`${address}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test', 'x-request-id': 'left.1' },
    });
    request.on('response', (response) => {
      response.on('error', () => undefined);
      resolve({ response, leave: () => request.destroy() });
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });

/** Posts, and leaves before any answer has come, as soon as the row of the request is as wanted. */
const leaveOnce = async (body: object, wanted: (row: Row) => boolean): Promise<void> => {
  const request = httpRequest(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test' },
  });
  const failed = new Promise((resolve) => request.once('error', resolve));
  request.end(JSON.stringify(body));
  await until(async () => (await getBook()).requests.some(wanted));
  request.destroy();
  await failed;
};

/** The only row, once it stays as it is. */
const settledRow = (): Promise<Row> =>
  eventually(async () => {
    const [before] = (await getBook()).requests;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [after] = (await getBook()).requests;
    expect(after).toEqual(before);
    if (!after) throw new Error('the book has no row');
    return after;
  });

describe('a plain answer', () => {
  it('has the shape, pace and usage of the documented default', async () => {
    const started = performance.now();
    const response = await post({ model: 'sim-small', messages }, { 'x-request-id': 'req_1.1' });
    const body = (await response.json()) as Record<string, unknown>;
    expect(performance.now() - started).toBeGreaterThanOrEqual(50 + 63 * 5 - 2);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toBe('req_1.1');
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'sim-small',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'tok '.repeat(64) }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 64, total_tokens: 67 },
    });
    expect(await getBook()).toEqual({
      billedNanoUsd: '129500',
      requests: [
        {
          id: 'req_1.1',
          model: 'sim-small',
          promptTokens: 3,
          completionTokens: 64,
          billedNanoUsd: '129500',
          completed: true,
        },
      ],
    });
  });

  it('stops at the output limit, for every choice', async () => {
    const body = (await (await post({ model: QUICK, messages, max_tokens: 5, n: 3 })).json()) as {
      choices: object[];
      usage: object;
    };
    expect(body.choices).toHaveLength(3);
    expect(body.choices).toMatchObject([0, 1, 2].map((index) => ({ index, finish_reason: 'length' })));
    expect(body.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 15, total_tokens: 18 });
    expect(await getBook()).toMatchObject({ billedNanoUsd: '31500', requests: [{ completionTokens: 15 }] });
  });

  it('takes token counts from headers', async () => {
    const headers = { 'x-sim-prompt-tokens': '1000', 'x-sim-completion-tokens': '1' };
    await (await post({ model: QUICK, messages }, headers)).text();
    expect(await getBook()).toMatchObject({ billedNanoUsd: '502000' });
  });

  it('bills a client that leaves for what was generated by then', async () => {
    const model = 'sim-small;first=20;interval=20;completion=100000';
    await leaveOnce({ model, messages }, ({ completionTokens }) => completionTokens > 0);
    const left = await settledRow();
    expect(left).toMatchObject({ promptTokens: 3, completed: false });
    expect(left.completionTokens).toBeGreaterThan(0);
    expect(left.billedNanoUsd).toBe(String(1500 + 2000 * left.completionTokens));
    expect(book.snapshot().billedNanoUsd).toBe(BigInt(left.billedNanoUsd));
  });
});

describe('a streamed answer', () => {
  it('tells one token per chunk, and no usage unless it is asked for', async () => {
    const response = await post({ model: QUICK, messages, stream: true });
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(eventsOf(text).at(-1)).toBe('[DONE]');
    expect(text).not.toContain('usage');
    const chunks = chunksOf(text);
    expect(chunks).toHaveLength(1 + 64 + 1);
    expect(chunks[0]?.choices).toMatchObject([
      { index: 0, delta: { role: 'assistant' }, finish_reason: null },
    ]);
    for (const chunk of chunks.slice(1, -1))
      expect(chunk.choices).toMatchObject([{ delta: { content: 'tok ' } }]);
    expect(chunks.at(-1)?.choices).toMatchObject([{ delta: {}, finish_reason: 'stop' }]);
    expect(await getBook()).toMatchObject({ billedNanoUsd: '129500', requests: [{ completed: true }] });
  });

  it('tells the usage in a last chunk without choices, and null before', async () => {
    const body = {
      model: QUICK,
      messages,
      stream: true,
      stream_options: { include_usage: true },
      n: 2,
      max_tokens: 3,
    };
    const chunks = chunksOf(await (await post(body)).text());
    expect(chunks).toHaveLength(2 + 6 + 2 + 1);
    for (const chunk of chunks.slice(0, -1)) expect(chunk.usage).toBeNull();
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 },
    });
    const contents = [0, 1].map((index) =>
      chunks
        .flatMap(({ choices }) => choices)
        .filter((choice) => choice.index === index)
        .map(({ delta }) => delta.content ?? '')
        .join(''),
    );
    expect(contents).toEqual(['tok tok tok ', 'tok tok tok ']);
  });

  it('keeps the pace and the framing over many writes', async () => {
    const started = performance.now();
    const body = { model: 'sim-small;first=30;interval=2;completion=50', messages, stream: true };
    const answers = await Promise.all(
      [post(body), post(body), post(body)].map(async (answer) => (await answer).text()),
    );
    const took = performance.now() - started;
    expect(took).toBeGreaterThanOrEqual(30 + 49 * 2 - 2);
    for (const text of answers) expect(chunksOf(text)).toHaveLength(52);
  });

  it('echoes a model name that needs escaping', async () => {
    const model = 'modèle "☃"';
    const chunks = chunksOf(await (await post({ model, messages, stream: true, max_tokens: 2 })).text());
    expect(chunks).toMatchObject(Array.from({ length: 4 }, () => ({ model })));
    expect((await getBook()).requests).toMatchObject([{ model }]);
  });

  it('bills a client that leaves the prompt and the tokens written until then', async () => {
    const { response, leave } = await open({
      model: 'sim-small;interval=10;completion=100000',
      messages,
      stream: true,
    });
    let received = '';
    await new Promise<void>((resolve) =>
      response.on('data', (data: Buffer) => {
        received += data.toString();
        if (chunksOf(received).length > 5) resolve();
      }),
    );
    const running = await getBook();
    expect(running.requests).toMatchObject([{ completed: false }]);
    leave();
    const left = await settledRow();
    expect(left).toMatchObject({ id: 'left.1', promptTokens: 3, completed: false });
    expect(left.completionTokens).toBeGreaterThanOrEqual(chunksOf(received).length - 1);
    expect(left.completionTokens).toBeLessThan(100_000);
    expect(left.billedNanoUsd).toBe(String(1500 + 2000 * left.completionTokens));
  });

  it('bills only the prompt when the client leaves before the first token', async () => {
    const first = 2_000;
    await leaveOnce({ model: `sim-slow;first=${first}`, messages, stream: true }, () => true);
    await new Promise((resolve) => setTimeout(resolve, first));
    expect(await settledRow()).toMatchObject({
      completionTokens: 0,
      billedNanoUsd: '1500',
      completed: false,
    });
  });

  it.each(['1.0', '1.1'])('reads well over HTTP/%s, also when requests are pipelined', async (version) => {
    const body = JSON.stringify({
      model: 'sim-small;first=20;interval=1;completion=30',
      messages,
      stream: true,
    });
    const head = (connection: string): string =>
      `POST /v1/chat/completions HTTP/${version}\r\nhost: simulator\r\nauthorization: Bearer sk-test\r\n` +
      `connection: ${connection}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(version === '1.0' ? head('close') : head('keep-alive') + head('close'));
    let text = '';
    for await (const data of socket as AsyncIterable<Buffer>) text += data.toString();
    const answers = version === '1.0' ? 1 : 2;
    expect(text.match(/^HTTP\/1.1 200 OK/gm)).toHaveLength(answers);
    expect(text.match(/"content":"tok "/g)).toHaveLength(30 * answers);
    expect(text.match(/data: \[DONE\]\n\n/g)).toHaveLength(answers);
    expect(text.endsWith(version === '1.0' ? '[DONE]\n\n' : '\r\n0\r\n\r\n')).toBe(true);
    const rows = (await getBook()).requests;
    expect(rows).toMatchObject(
      Array.from({ length: answers }, () => ({ completionTokens: 30, completed: true })),
    );
  });

  it('waits for a client that does not read, and loses nothing', async () => {
    const { response } = await open({ model: `${QUICK};completion=100000`, messages, stream: true });
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [waiting] = (await getBook()).requests;
    expect(waiting!.completionTokens).toBeLessThan(100_000);
    let tokens = 0;
    let rest = '';
    for await (const data of response as AsyncIterable<Buffer>) {
      const events = (rest + data.toString()).split('\n\n');
      rest = events.pop() ?? '';
      tokens += events.filter((event) => event.includes('"content":"tok "')).length;
    }
    expect(tokens).toBe(100_000);
    expect((await getBook()).requests).toMatchObject([{ completionTokens: 100_000, completed: true }]);
  });
});

describe('failures', () => {
  it('429 says when to come back, and bills nothing', async () => {
    const response = await post({ model: 'sim-429;retry-after=7', messages });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect(await getBook()).toMatchObject({
      billedNanoUsd: '0',
      requests: [{ promptTokens: 0, completionTokens: 0, billedNanoUsd: '0', completed: false }],
    });
  });

  it('500 fails, at another status and later if told so', async () => {
    expect((await post({ model: 'sim-500', messages })).status).toBe(500);
    const started = performance.now();
    expect(
      (await post({ model: QUICK, messages }, { 'x-sim-fail': '500', 'x-sim-status': '503' })).status,
    ).toBe(503);
    expect((await post({ model: 'sim-500;first=60', messages })).status).toBe(500);
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
    expect(await getBook()).toMatchObject({ billedNanoUsd: '0' });
  });

  it('cut breaks a stream off and bills what was written', async () => {
    const response = await post({ model: 'sim-cut;interval=1;completion=20', messages, stream: true });
    let text = '';
    await expect(
      (async () => {
        for await (const data of response.body!) text += Buffer.from(data).toString();
      })(),
    ).rejects.toThrow('terminated');
    expect(chunksOf(text)).toHaveLength(1 + 10);
    expect(text).not.toContain('[DONE]');
    expect((await getBook()).requests).toMatchObject([
      { completionTokens: 10, billedNanoUsd: '21500', completed: false },
    ]);
  });

  it('cut breaks a plain answer off in the middle of its body', async () => {
    const response = await post({ model: 'sim-cut;interval=0', messages });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect((await getBook()).requests).toMatchObject([{ completionTokens: 32, completed: false }]);
  });

  it('no-usage answers whole without telling the usage', async () => {
    const model = 'sim-no-usage;interval=0';
    const options = { stream: true, stream_options: { include_usage: true } };
    expect(await (await post({ model, messages })).json()).not.toHaveProperty('usage');
    const chunks = chunksOf(await (await post({ model, messages, ...options })).text());
    expect(chunks).toHaveLength(66);
    expect(await getBook()).toMatchObject({
      billedNanoUsd: '259000',
      requests: [{ completed: true }, { completed: true }],
    });
  });

  it('echo-credential returns the Authorization header in its error', async () => {
    const response = await post(
      { model: 'sim-echo-credential', messages },
      { authorization: 'Bearer sk-canary' },
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Bearer sk-canary');
    expect((await post({ model: 'sim-echo-credential;status=401', messages })).status).toBe(401);
    expect(JSON.stringify(await getBook())).not.toContain('canary');
  });

  it('a bad body is refused in the envelope of OpenAI, and leaves a row without a bill', async () => {
    expect(await (await post('{')).json()).toMatchObject({
      error: { type: 'invalid_request_error', param: null },
    });
    const response = await post({ model: 'sim-small' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'messages' } });
    expect((await post({ model: 'sim-unknown', messages })).status).toBe(404);
    expect(await getBook()).toMatchObject({
      billedNanoUsd: '0',
      requests: [{ model: '' }, { model: 'sim-small' }, { model: 'sim-unknown' }],
    });
  });

  it('no bearer token is a 401 that no row remembers', async () => {
    for (const headers of [
      { authorization: '' },
      { authorization: 'Bearer ' },
      { authorization: 'Basic abc' },
    ]) {
      const response = await post({ model: 'sim-small', messages }, headers);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    }
    expect((await fetch(`${address}/v1/models`)).status).toBe(401);
    expect((await getBook()).requests).toEqual([]);
  });

  it('an unknown path is a 404', async () => {
    const response = await fetch(`${address}/v1/audio/speech`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect((await fetch(`${address}/model/%zz/converse`, { method: 'POST' })).status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'unknown_url' } });
  });
});

describe('what tests may ask', () => {
  it('says whether a credential came here, by its hash', async () => {
    const received = async (token: string): Promise<unknown> => {
      const sha256 = createHash('sha256').update(token).digest('hex');
      return (await fetch(`${address}/received?sha256=${sha256}`)).json();
    };
    await (await post({ model: 'sim-429', messages }, { authorization: 'Bearer sk-canary' })).text();
    expect(await received('sk-canary')).toEqual({ received: true });
    expect(await received('sk-other')).toEqual({ received: false });
    expect((await fetch(`${address}/received?sha256=canary`)).status).toBe(400);
  });

  it('gives a long book whole', async () => {
    for (let number = 0; number < 5_000; number++) {
      book.end(book.begin(`r${number}`, 'sim-small', 1, { tokensSoFar: () => 1 }), true);
    }
    const { billedNanoUsd, requests } = await getBook();
    expect(requests).toHaveLength(5_000);
    expect(requests.reduce((sum, row) => sum + BigInt(row.billedNanoUsd), 0n)).toBe(BigInt(billedNanoUsd));
    expect(new Set(requests.map(({ id }) => id)).size).toBe(5_000);
  });
});

describe('the official SDK', () => {
  const client = (): OpenAI => new OpenAI({ baseURL: `${address}/v1`, apiKey: 'sk-sdk', maxRetries: 0 });

  it('lists models, and reads plain and streamed answers', async () => {
    const models = await client().models.list();
    expect(models.data.map(({ id }) => id)).toContain('sim-small');
    const plain = await client().chat.completions.create({ model: QUICK, messages, max_tokens: 2 });
    expect(plain.choices[0]?.message.content).toBe('tok tok ');
    const stream = await client().chat.completions.create({
      model: QUICK,
      messages,
      max_tokens: 2,
      stream: true,
      stream_options: { include_usage: true },
    });
    let content = '';
    let total = 0;
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    expect([content, total]).toEqual(['tok tok ', 5]);
  });

  it('knows the errors', async () => {
    await expect(client().chat.completions.create({ model: 'sim-429', messages })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
    await expect(client().chat.completions.create({ model: 'sim-500', messages })).rejects.toBeInstanceOf(
      OpenAI.InternalServerError,
    );
  });
});
