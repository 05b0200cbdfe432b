import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@gatehouse/kernel/testing';
import { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { chunkOf, type Script, streamed, USAGE, usageChunk } from './testing/fake-provider';
import { GatewayFixture, MODEL, SMALL_LIMITS } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const DONE = 'data: [DONE]\n\n';
const finish = (reason = 'stop'): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: reason }] })}\n\n`;
const WHOLE = [chunkOf('Hello'), finish(), usageChunk(), DONE];
/** 10 input and 5 output tokens, in nano-USD. */
const TRUTH = 10n * 500n + 5n * 2_000n;

const { COMPLETED, PROVIDER_FAILED } = meteringV1.UsageOutcome;
const answered =
  (status: number, headers: Record<string, string>, body: string | Buffer): Script =>
  (_call, response) =>
    void response.writeHead(status, headers).end(body);
const json = (body: unknown, status = 200): Script =>
  answered(status, { 'content-type': 'application/json' }, JSON.stringify(body));
const events = (headers: Record<string, string>, body: string | Buffer): Script =>
  answered(200, headers, body);
/** Never ends. */
const open =
  (pieces: readonly string[], everyMs = 0): Script =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) response.write(piece);
    if (everyMs === 0) return;
    const timer = setInterval(() => response.write(': ping\n\n'), everyMs);
    response.on('close', () => clearInterval(timer));
  };

describe('answers as servers really give them', () => {
  const gateway = new GatewayFixture();
  const { provider, bus } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());

  const asked = async (script: Script, members: object = { stream: true }) => {
    provider.script = script;
    return gateway.chat({ model: MODEL, messages, max_tokens: 100, ...members });
  };
  const recordOf = async (answer: Response) => {
    const id = answer.headers.get('x-gatehouse-request-id');
    await until(() => bus.records.some(({ requestId }) => requestId === id));
    return bus.records.find(({ requestId }) => requestId === id) as meteringV1.UsageRecord;
  };
  /** The status, the text and the record of a call that comes to its end. */
  const told = async (script: Script, members?: object) => {
    const answer = await asked(script, members);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, record: await recordOf(answer) };
  };

  describe('streams', () => {
    it.each<[string, readonly string[]]>([
      ['that end without a word', [chunkOf('Hello')]],
      ['that end in the middle of an event', [chunkOf('Hello'), 'data: {"choices"']],
      ['that tell usage and no end', [chunkOf('Hello', { ...USAGE, completion_tokens: 1 })]],
      ['that say nothing at all', []],
    ])('%s have failed, and clients are told', async (_what, pieces) => {
      const { text, record } = await told(streamed(pieces));
      expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"provider_error"[^\n]*\n\n$/);
      expect(record).toMatchObject({ outcome: PROVIDER_FAILED, estimated: true });
      expect(record.amountNanoUsd).toBeGreaterThan(0n);
    });

    it.each<[string, readonly string[]]>([
      ['a finish reason and no [DONE]', [chunkOf('Hello'), finish(), usageChunk()]],
      ['[DONE] and no finish reason', [chunkOf('Hello'), usageChunk(), DONE]],
      ['both', WHOLE],
    ])('with %s are whole', async (_what, pieces) => {
      const { text, record } = await told(streamed(pieces));
      expect(text).not.toContain('error');
      expect(record).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH, estimated: false });
    });

    const finishOf = (index: number): string => finish().replace('"index":0', `"index":${index}`);
    it.each<[string, Script, object]>([
      ['[DONE], silent', open(WHOLE), {}],
      ['[DONE], with comments', open(WHOLE, 100), {}],
      ['the last finish reason', open([chunkOf('Hello'), finish(), usageChunk()]), {}],
      ['that of two choices', open([chunkOf('Hello'), finishOf(1), finish(), usageChunk()]), { n: 2 }],
      ['[DONE], whose usage is late', open([chunkOf('Hello'), finish(), DONE, usageChunk()]), {}],
    ])('whose connection stays open after %s keep nobody waiting', async (_what, script, members) => {
      const { record } = await told(script, { stream: true, ...members });
      expect(record).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
      await until(() => provider.calls.at(-1)?.left === true);
    });

    it.each([['""'], ['"null"'], ['"stop"']])(
      'that say finish_reason %s with every word are not cut before their last',
      async (reason) => {
        const words = Array.from({ length: 8 }, (_, index) =>
          chunkOf(`word${index}`).replace('"delta"', `"finish_reason":${reason},"delta"`),
        );
        const { text, record } = await told(
          streamed([...words, finish(), usageChunk(), DONE], { everyMs: 250 }),
        );
        expect(text).toContain('word7');
        expect(record).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
      },
    );

    const stopped = (content: string): string =>
      chunkOf(content).replace('"delta"', '"finish_reason":"stop","delta"');

    const restOf = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> => {
      let text = '';
      for (let read = await reader.read(); !read.done; read = await reader.read())
        text += Buffer.from(read.value).toString();
      return text;
    };

    it('whose rest came while the gateway had no turn are read to their end', async () => {
      let standStill = (): void => undefined;
      const answer = await asked((_call, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(stopped('first'));
        standStill = () => {
          response.end([stopped('last'), usageChunk(), DONE].join(''));
          // For longer than usage is waited for: provider and gateway are one process here.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
        };
      });
      const reader = answer.body!.getReader();
      await reader.read();
      standStill();
      expect(await restOf(reader)).toContain('"last"');
      expect(await recordOf(answer)).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
    });

    it('that their client is slow to take are not cut before their last', async () => {
      const answer = await asked(
        streamed([
          ...Array.from({ length: 300 }, () => stopped('word '.repeat(20_000))),
          ...[stopped('last'), usageChunk(), DONE],
        ]),
      );
      const reader = answer.body!.getReader();
      await reader.read();
      await sleep(1_500);
      expect(await restOf(reader)).toContain('"last"');
      expect(await recordOf(answer)).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
    });

    it('of several choices are whole when all of them are', async () => {
      const { record } = await told(streamed([chunkOf('a'), finish()]), { stream: true, n: 2 });
      expect(record.outcome).toBe(PROVIDER_FAILED);
    });

    it.each<[string, readonly string[], readonly string[], boolean]>([
      ['[DONE]', [chunkOf('Hello'), usageChunk(), DONE], [], false],
      ['the last finish reason, before usage', [chunkOf('Hello'), finish()], [usageChunk(), DONE], false],
      ['[DONE], of which nothing is told', [chunkOf('Hello'), finish(), DONE], [], true],
    ])(
      'that clients leave at %s are whole, and charged what is told after it',
      async (_what, pieces, after, estimated) => {
        const answer = await asked((_call, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          for (const piece of pieces) response.write(piece);
          setTimeout(() => response.end(after.join('')), 300);
        });
        const reader = answer.body!.getReader();
        await reader.read();
        await sleep(50);
        await reader.cancel();
        const record = await recordOf(answer);
        expect(record).toMatchObject({ outcome: COMPLETED, estimated });
        expect(record.outputTokens).toBeGreaterThanOrEqual(5n);
        if (!estimated) expect(record.amountNanoUsd).toBe(TRUTH);
      },
    );

    const running = (completion_tokens: number) => ({
      ...USAGE,
      completion_tokens,
      total_tokens: undefined,
    });
    it.each<[string, readonly string[]]>([
      ['as they go', [chunkOf('Hello', running(1)), chunkOf('you', running(2))]],
      ['before anything else', [usageChunk(running(2)), chunkOf('Hello'), chunkOf('you')]],
      ['of nothing yet', [chunkOf('Hello', running(0)), chunkOf('you', running(0))]],
    ])(
      'that tell usage %s are charged at least that when they break off, and not the last of it as the truth',
      async (_when, pieces) => {
        const { record } = await told(streamed(pieces, { cut: true }));
        expect(record).toMatchObject({ inputTokens: 10n, estimated: true, outcome: PROVIDER_FAILED });
        expect(record.outputTokens).toBeGreaterThan(2n);
        expect(record.doubtNanoUsd).toBeGreaterThan(0n);
      },
    );

    it('that count before they have written are charged what they wrote, unless they count again', async () => {
      const early = chunkOf('', { ...USAGE, completion_tokens: 0, total_tokens: 10 });
      const written = [early, chunkOf('Hello'), chunkOf(' there'), finish()];
      const { record } = await told(streamed([...written, DONE]));
      expect(record).toMatchObject({ outcome: COMPLETED, inputTokens: 10n, estimated: true });
      expect(record.outputTokens).toBeGreaterThan(1n);
      expect(record.doubtNanoUsd).toBeGreaterThan(0n);
      const again = await told(streamed([...written, usageChunk(), DONE]));
      expect(again.record).toMatchObject({ amountNanoUsd: TRUTH, doubtNanoUsd: 0n, estimated: false });
    });

    const ofNothing = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    it('that were written are charged for it, where they say at their end that it was nothing', async () => {
      const { record } = await told(streamed([chunkOf('Hello'), finish(), usageChunk(ofNothing), DONE]));
      expect(record).toMatchObject({ outcome: COMPLETED, estimated: true });
      expect(record.inputTokens).toBeGreaterThanOrEqual(10n);
      expect(record.outputTokens).toBeGreaterThan(1n);
      const output = await told(
        streamed([chunkOf('Hello'), finish(), usageChunk({ ...ofNothing, prompt_tokens: 10 }), DONE]),
      );
      expect(output.record).toMatchObject({ inputTokens: 10n, estimated: true });
      expect(output.record.outputTokens).toBeGreaterThan(1n);
    });

    it('of which nothing was written are charged nothing for it', async () => {
      const begun = chunkOf('').replace('"content"', '"role":"assistant","content"');
      const usage = usageChunk({ ...ofNothing, prompt_tokens: 10 });
      const { record } = await told(streamed([begun, finish('content_filter'), usage, DONE]));
      expect(record).toMatchObject({ inputTokens: 10n, outputTokens: 0n, estimated: false });
    });

    it('never take a smaller count for a later truth', async () => {
      const less = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10 };
      const { record } = await told(streamed([chunkOf('Hello', USAGE), finish(), usageChunk(less), DONE]));
      expect(record.amountNanoUsd).toBe(TRUTH);
    });

    it('are read on after an event that is too large to be read', async () => {
      const large = chunkOf('x'.repeat(5 * 1024 * 1024));
      const { text, record } = await told(
        events({ 'content-type': 'text/event-stream' }, [large, ...WHOLE].join('')),
      );
      expect(record).toMatchObject({ amountNanoUsd: TRUTH, outcome: COMPLETED });
      expect(text.startsWith(large)).toBe(true);
      expect(text).not.toContain('prompt_tokens');
    });

    it.each<[string, Record<string, string>]>([
      ['no content type', {}],
      ['text/plain', { 'content-type': 'text/plain' }],
      ['application/octet-stream', { 'content-type': 'application/octet-stream' }],
      ['capitals', { 'content-type': 'Text/Event-Stream' }],
      ['JSON', { 'content-type': 'application/json' }],
      ['a page', { 'content-type': 'text/html; charset=utf-8' }],
    ])('with %s are streams', async (_what, headers) => {
      const { headers: sent, record } = await told(events(headers, WHOLE.join('')));
      expect(record).toMatchObject({ amountNanoUsd: TRUTH, streamed: true, outcome: COMPLETED });
      expect(sent.get('content-type')?.toLowerCase()).toContain('text/event-stream');
    });

    it.each<[string, (body: Buffer) => Buffer]>([
      ['gzip', gzipSync],
      ['GZIP', gzipSync],
      ['br', brotliCompressSync],
      ['deflate', deflateSync],
    ])('in %s are inflated as they come', async (encoding, compress) => {
      const headers = { 'content-type': 'text/event-stream', 'content-encoding': encoding };
      const { text, record } = await told(events(headers, compress(Buffer.from(WHOLE.join('')))));
      expect(text).toContain('Hello');
      expect(record).toMatchObject({ amountNanoUsd: TRUTH, outcome: COMPLETED });
    });

    it.each([
      ['data:{"error":{"message":"overloaded"}}\n\n'],
      ['data: { "error" : {"message":"overloaded"}}\n\n'],
      ['event: error\ndata: {"message":"overloaded"}\n\n'],
      ['event:error\ndata: "overloaded"\n\n'],
      ['data: {"error":{"type":"overloaded_error"},"type":"error"}\n\n'],
      ['data: {"object":"error","message":"overloaded"}\n\n'],
      ['data: {"error":"overloaded","choices":[]}\n\n'],
      ['data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}\n\n'],
    ])('that say %j have failed, in a form on which SDKs throw', async (error) => {
      const { text, record } = await told(streamed([chunkOf('Hello'), error, DONE]));
      expect(record.outcome).toBe(PROVIDER_FAILED);
      expect(text).toMatch(/data: ?\{ ?"error"/);
    });

    it('have not failed because their text speaks of an error', async () => {
      const { record } = await told(
        streamed([chunkOf('"error": {"message": "x"} event: error'), finish(), usageChunk(), DONE]),
      );
      expect(record.outcome).toBe(COMPLETED);
    });

    it.each([
      ['\r', '\r\r'],
      ['\r\n', '\r\n\r\n'],
    ])('whose lines end in %j are read, a byte order mark and all', async (_line, end) => {
      const body = `\ufeff${WHOLE.map((event) => event.trimEnd() + end).join('')}`;
      const { record } = await told(events({ 'content-type': 'text/event-stream' }, body));
      expect(record).toMatchObject({ amountNanoUsd: TRUTH, outcome: COMPLETED });
    });

    it('have their comments passed on at once', async () => {
      const answer = await asked(open([': working\n\n']));
      const { value } = await answer.body!.getReader().read();
      expect(Buffer.from(value!).toString()).toBe(': working\n\n');
    });

    it('have comments that are no text: what is silent beside them is charged for its time', async () => {
      const pings = Array.from({ length: 30 }, () => ': ping\n\n');
      const { record } = await told(streamed([chunkOf('Hello'), ...pings], { everyMs: 30, cut: true }), {
        stream: true,
        max_tokens: 900,
      });
      // At 500 tokens a second, which is taken while nothing is known of a model.
      expect(record.outputTokens).toBeGreaterThan(350n);
      expect(record.estimated).toBe(true);
    });
  });

  describe('of the other kind than was asked', () => {
    const call = (index: number, part: string, more = {}): string =>
      chunkOf('').replace(
        '{"content":""}',
        JSON.stringify({
          tool_calls: [{ index, function: { arguments: part, ...more }, ...(more && { id: `c${index}` }) }],
        }),
      );
    const stream = { 'content-type': 'text/event-stream' };
    const truth = { outcome: COMPLETED, amountNanoUsd: TRUTH, estimated: false };

    it.each<[string, Record<string, string>]>([
      ['as it is', stream],
      ['without a type', {}],
      ['as JSON', { 'content-type': 'application/json' }],
    ])('a stream, said to be %s, is told as the plain answer that was asked for', async (_what, headers) => {
      const pieces = [': ping\n\n', chunkOf('Hel'), chunkOf('lo'), finish(), usageChunk(), DONE];
      const { status, text, headers: sent, record } = await told(events(headers, pieces.join('')), {});
      expect(status).toBe(200);
      expect(sent.get('content-type')).toContain('application/json');
      expect(JSON.parse(text)).toMatchObject({
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
        usage: USAGE,
      });
      expect(record).toMatchObject(truth);
    });

    it('a stream of tool calls is told with each of them whole', async () => {
      const pieces = [
        call(0, '{"a"', { name: 'one' }),
        call(1, '{}', { name: 'two' }),
        call(0, ':1}'),
        ...[finish('tool_calls'), usageChunk()],
      ];
      const { text } = await told(events(stream, pieces.join('')), {});
      const [choice] = (JSON.parse(text) as { choices: object[] }).choices;
      expect(choice).toMatchObject({
        finish_reason: 'tool_calls',
        message: {
          tool_calls: [
            { id: 'c0', function: { name: 'one', arguments: '{"a":1}' } },
            { id: 'c1', function: { name: 'two', arguments: '{}' } },
          ],
        },
      });
    });

    it('a stream that tells of an error is a failure, and one that breaks off no answer', async () => {
      const failed = await told(
        events(stream, `${chunkOf('Hel')}data: {"error":{"message":"no","code":429}}\n\n`),
        {},
      );
      expect([failed.status, failed.record.outcome]).toEqual([429, PROVIDER_FAILED]);
      const broken = await told(events(stream, chunkOf('Hel')), {});
      expect([broken.status, broken.record.outcome]).toEqual([502, PROVIDER_FAILED]);
      expect(broken.record.amountNanoUsd).toBeGreaterThan(0n);
    });

    it.each([true, false])(
      'a plain answer is told as the stream that was asked for: usage asked %s',
      async (asks) => {
        const message = { role: 'assistant', content: 'Hello', tool_calls: [{ id: 'c', type: 'function' }] };
        const body = {
          id: 'c',
          object: 'chat.completion',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage: USAGE,
        };
        const members = { stream: true, ...(asks && { stream_options: { include_usage: true } }) };
        const { text, headers, record } = await told(json(body), members);
        expect(headers.get('content-type')).toContain('text/event-stream');
        expect(text.endsWith(DONE)).toBe(true);
        const chunks = text
          .split('\n\n')
          .flatMap((event) => (event.startsWith('data: {') ? [JSON.parse(event.slice(6)) as object] : []));
        expect(chunks).toHaveLength(asks ? 2 : 1);
        expect(chunks[0]).toMatchObject({
          object: 'chat.completion.chunk',
          choices: [
            { delta: { content: 'Hello', tool_calls: [{ index: 0, id: 'c' }] }, finish_reason: 'stop' },
          ],
        });
        if (asks) expect(chunks[1]).toMatchObject({ choices: [], usage: USAGE });
        expect(record).toMatchObject(truth);
      },
    );
  });

  describe('plain answers', () => {
    const plain = {};

    it('are read behind a mark that they are UTF-8', async () => {
      const body = `\ufeff${JSON.stringify({ choices: [{ index: 0, message: { content: 'a' } }], usage: USAGE })}`;
      const { status, text, record } = await told(answered(200, {}, body), plain);
      expect([status, text]).toEqual([200, body.slice(1)]);
      expect(record).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
    });

    it.each([
      ['of a number that JSON has not', '{"choices":[{"index":0,"message":{"content":"a"},"logprobs":NaN}]}'],
      ['half of an object', '{"choices":'],
      ['more than one', `{"choices":[],"usage":${JSON.stringify(USAGE)}}{}`],
    ])('that are %s cannot be read, and were written all the same', async (_what, body) => {
      const { status, record } = await told(answered(200, {}, body), plain);
      expect(status).toBe(502);
      expect(record).toMatchObject({ outcome: PROVIDER_FAILED, estimated: true });
      expect(record.amountNanoUsd).toBeGreaterThan(0n);
    });

    it.each<[unknown, number]>([
      [{ error: { message: 'no', code: 400 } }, 400],
      [{ error: { message: 'no', status: 429 } }, 429],
      [{ error: { message: 'no' } }, 502],
      [{ error: 'no' }, 502],
      [{ object: 'error', message: 'no', code: 404 }, 404],
      [{ choices: [{ index: 0, error: { message: 'no', code: 429 } }] }, 429],
      [{ error: { message: 'no', code: 503 } }, 502],
      // It speaks of the integration's credential, which is none of the client's.
      [{ error: { message: 'no', code: 401 } }, 502],
      [{ error: { message: 'no', type: 'permission_error', code: 403 } }, 502],
      [{ error: { message: 'no', code: 403, metadata: { reasons: ['hate'] } } }, 403],
    ])('that are %j with a status of success have failed with %d', async (body, status) => {
      const answer = await told(json(body), plain);
      expect(answer.status).toBe(status);
      expect(answer.record).toMatchObject({ outcome: PROVIDER_FAILED, amountNanoUsd: 0n });
      expect(answer.record.doubtNanoUsd).toBeGreaterThan(0n);
    });

    it.each<[string, Script]>([
      ['a page', answered(200, { 'content-type': 'text/html' }, '<html>Please log in</html>')],
      ['no bytes', answered(200, { 'content-type': 'application/json' }, '')],
      ['a text', answered(200, { 'content-type': 'application/json' }, '"Please log in"')],
      ['a list', json([])],
      ['202', json({ id: 'later' }, 202)],
      ['204', answered(204, {}, '')],
    ])('that are %s are none', async (_what, script) => {
      const { status, text, record } = await told(script, plain);
      expect(status).toBe(502);
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'provider_error' } });
      expect(record).toMatchObject({ outcome: PROVIDER_FAILED, amountNanoUsd: 0n });
      expect(record.doubtNanoUsd).toBeGreaterThan(0n);
    });

    it.each<[object, [bigint, bigint, bigint]]>([
      [{ input_tokens: 10, output_tokens: 5 }, [10n, 5n, 0n]],
      [{ prompt_tokens: '10', completion_tokens: '5' }, [10n, 5n, 0n]],
      [{ prompt_tokens: 10, total_tokens: 15 }, [10n, 5n, 0n]],
      [
        {
          ...{ prompt_tokens: 100, completion_tokens: 10, total_tokens: 1_010 },
          prompt_tokens_details: { cached_tokens: 900 },
        },
        [1_000n, 10n, 900n],
      ],
      [{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 3 }, [10n, 5n, 0n]],
      [{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 45 }, [10n, 35n, 0n]],
    ])('whose usage is %j are charged as it says', async (usage, [input, output, cached]) => {
      const { record } = await told(json({ id: 'c', choices: [], usage }), plain);
      expect(record).toMatchObject({ inputTokens: input, outputTokens: output, cachedInputTokens: cached });
    });

    const choice = { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' };
    const noOutput = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10 };
    const noInput = { prompt_tokens: 0, completion_tokens: 5, total_tokens: 5 };
    it('that were written are not free, whatever their usage says', async () => {
      const unwritten = await told(json({ id: 'c', choices: [choice], usage: noOutput }), plain);
      expect(unwritten.record).toMatchObject({ inputTokens: 10n, estimated: true, outcome: COMPLETED });
      expect(unwritten.record.outputTokens).toBeGreaterThan(1n);
      const unasked = await told(json({ id: 'c', choices: [choice], usage: noInput }), plain);
      expect(unasked.record).toMatchObject({ outputTokens: 5n, estimated: true, outcome: COMPLETED });
      expect(unasked.record.inputTokens).toBeGreaterThanOrEqual(10n);
    });

    it('in which nothing was written are charged nothing for it', async () => {
      const silent = {
        ...choice,
        message: { role: 'assistant', content: '', refusal: null, tool_calls: [] },
      };
      const { record } = await told(json({ id: 'c', choices: [silent], usage: noOutput }), plain);
      expect(record).toMatchObject({ inputTokens: 10n, outputTokens: 0n, estimated: false });
    });

    it('are charged by kind, each at its own rate, and by the tier that was served', async () => {
      const { UsageKind } = meteringV1;
      const usage = {
        ...{ prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
        prompt_tokens_details: { cached_tokens: 40, audio_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 15 },
      };
      const answer = { id: 'c', choices: [], service_tier: 'default', usage };
      const { record } = await told(json(answer), plain);
      const at = (kind: meteringV1.UsageKind, quantity: bigint, nanoUsdPerMillion: bigint) => ({
        ...{ kind, quantity, nanoUsdPerMillion },
      });
      expect(record.kinds).toEqual([
        at(UsageKind.INPUT, 50n, 500_000_000n),
        at(UsageKind.CACHED_INPUT, 40n, 500_000_000n),
        at(UsageKind.AUDIO_INPUT, 10n, 500_000_000n),
        at(UsageKind.OUTPUT, 5n, 2_000_000_000n),
        at(UsageKind.REASONING, 15n, 2_000_000_000n),
      ]);
      expect(record).toMatchObject({ amountNanoUsd: 90_000n, serviceTier: 'default', reasoningTokens: 15n });
    });

    it.each<[string, string]>([
      ['plain', '1h'],
      ['streamed', '1h'],
      ['plain', '5m'],
    ])(
      '%s, that do not tell for how long they keep what they wrote, keep it as was asked: %s',
      async (how, ttl) => {
        const { UsageKind } = meteringV1;
        const usage = { ...USAGE, prompt_tokens_details: { cache_write_tokens: 8 } };
        const script =
          how === 'streamed'
            ? streamed([chunkOf('Hello'), finish(), usageChunk(usage), DONE])
            : json({ id: 'c', choices: [], usage });
        const content = [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral', ttl } }];
        const members = { messages: [{ role: 'user', content }], stream: how === 'streamed' };
        const { record } = await told(script, members);
        const kept = ttl === '1h' ? UsageKind.CACHE_WRITE_HOUR : UsageKind.CACHE_WRITE;
        expect(record.kinds[1]).toMatchObject({ kind: kept, quantity: 8n });
      },
    );

    it.each<[string, Script]>([
      ['plain', json({ id: 'c', choices: [], service_tier: 'priority', usage: USAGE })],
      [
        'streamed',
        streamed([
          chunkOf('Hello'),
          finish(),
          usageChunk().replace('{', '{"service_tier":"priority",'),
          DONE,
        ]),
      ],
      [
        'streamed, with its first event alone',
        streamed([
          chunkOf('Hello').replace('{', '{"service_tier":"priority",'),
          finish(),
          usageChunk(),
          DONE,
        ]),
      ],
    ])(
      '%s, of a dearer tier than was asked, whose price nobody knows, are unpriced',
      async (kind, script) => {
        const { record } = await told(script, { stream: kind !== 'plain' });
        expect(record).toMatchObject({ outcome: COMPLETED, outputTokens: 5n, serviceTier: 'priority' });
        expect(record.amountNanoUsd).toBeUndefined();
        expect(record.doubtNanoUsd).toBeGreaterThan(TRUTH);
      },
    );

    it('of a dearer tier are charged its price where that is known', async () => {
      const rates = { input: 500_000_000n, output: 2_000_000_000n };
      const serviceTiers = { priority: { rates: { input: 1_000_000_000n, output: 4_000_000_000n } } };
      gateway.setModel('free', SMALL_LIMITS, typeV1.Prices.fromPartial({ rates, serviceTiers }));
      await until(async () => {
        const answer = { id: 'c', choices: [], service_tier: 'priority', usage: USAGE };
        const { record } = await told(json(answer), { model: '@acme/free' });
        return record.amountNanoUsd === 2n * TRUTH;
      });
    });

    it('that inflate a thousandfold are cut at the largest answer, and nobody else waits', async () => {
      const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, ' '));
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      const { status } = await told(answered(200, headers, bomb), plain);
      expect(status).toBe(502);
    });

    it.each<[string, (body: Buffer) => Buffer]>([
      ['GZIP', gzipSync],
      ['X-Gzip', gzipSync],
      ['Br', brotliCompressSync],
    ])('in %s are inflated', async (encoding, compress) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const body = compress(Buffer.from(JSON.stringify({ id: 'c', choices: [], usage: USAGE })));
      const { status, text, record } = await told(answered(200, headers, body), plain);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({ usage: USAGE });
      expect(record).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
    });

    it.each<[string, Record<string, string>, (body: Buffer) => Buffer]>([
      ['plain', {}, (body) => body],
      ['compressed', { 'content-encoding': 'gzip' }, gzipSync],
    ])(
      'that cannot be told as the stream that was asked for fail, and nobody else with them: %s',
      async (_how, encoding, compress) => {
        const deep = `{"choices":[],"note":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
        const headers = { 'content-type': 'application/json', ...encoding };
        const { status, text, record } = await told(answered(200, headers, compress(Buffer.from(deep))));
        expect(status).toBe(502);
        expect(JSON.parse(text)).toMatchObject({ error: { code: 'provider_error' } });
        expect(record).toMatchObject({ outcome: PROVIDER_FAILED });
        expect((await asked(json({ id: 'c', choices: [], usage: USAGE }), plain)).status).toBe(200);
      },
    );

    it.each<[string, (body: Buffer) => Buffer]>([
      ['identity', (body) => body],
      ['gzip', gzipSync],
    ])('that are not as they should be are told as far as they can be, in %s', async (encoding, compress) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
      const choices = [
        null,
        { index: 0, message: null },
        { index: 1, message: { content: 'a', tool_calls: {} } },
        { index: 2, message: { tool_calls: [null, call] } },
      ];
      const body = Buffer.from(JSON.stringify({ id: 'c', choices, usage: USAGE }));
      const { status, text, record } = await told(answered(200, headers, compress(body)));
      expect(status).toBe(200);
      expect(JSON.parse(text.split('\n', 1)[0]!.slice('data: '.length))).toMatchObject({
        choices: [
          { index: 0, delta: {} },
          { index: 1, delta: { content: 'a' } },
          { index: 2, delta: { tool_calls: [{ index: 0, ...call }] } },
        ],
      });
      expect(text).not.toContain('"tool_calls":{}');
      expect(record).toMatchObject({ outcome: COMPLETED, amountNanoUsd: TRUTH });
    });

    it('that are errors are inflated too', async () => {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'GZIP' };
      const body = gzipSync(JSON.stringify({ error: { message: 'too long' } }));
      const { status, text } = await told(answered(400, headers, body), plain);
      expect(status).toBe(400);
      expect(text).toContain('too long');
    });

    it('of 429 that never end are told by their status', async () => {
      let written = 0;
      const { status } = await told((_call, response) => {
        response.writeHead(429, { 'content-type': 'text/plain' });
        const timer = setInterval(() => response.write(Buffer.alloc(100_000, 'x'), () => written++), 1);
        response.on('close', () => clearInterval(timer));
      }, plain);
      expect(status).toBe(429);
      expect(written).toBeLessThan(100);
    });

    it.each<[Record<string, string>, Record<string, string | null>]>([
      [{ 'retry-after': '1.5' }, { 'retry-after': '2' }],
      [{ 'retry-after': new Date(Date.now() - 60_000).toUTCString() }, { 'retry-after': '0' }],
      [{ 'retry-after': 'soon' }, { 'retry-after': null }],
      [
        { 'retry-after-ms': '250', 'x-should-retry': 'true' },
        { 'retry-after-ms': '250', 'x-should-retry': 'true' },
      ],
      [
        { 'retry-after-ms': '-1', 'x-should-retry': 'maybe' },
        { 'retry-after-ms': null, 'x-should-retry': null },
      ],
    ])('of 429 with %j say so as far as it is what it should be', async (headers, expected) => {
      const { headers: sent } = await told(answered(429, headers, '{"error":{"message":"slow"}}'), plain);
      for (const [name, value] of Object.entries(expected)) expect(sent.get(name)).toBe(value);
    });

    it.each<[unknown, number]>([
      [{ error: { code: 403, message: 'flagged', metadata: { reasons: ['violence'] } } }, 403],
      [{ error: { type: 'moderation_error', message: 'flagged' } }, 403],
      [{ error: { type: 'permission_error', message: 'your key' } }, 502],
      [{ error: { code: 'access_denied', message: 'your key' } }, 502],
      ['forbidden', 502],
    ])('of 403 that say %j are the client’s business or not: %d', async (body, status) => {
      const answer = await told(json(body, 403), plain);
      expect(answer.status).toBe(status);
      expect(answer.text.includes('flagged')).toBe(status === 403);
    });

    it.each([408, 504, 524])('of %d after seconds of work are charged the input at least', async (status) => {
      const { record } = await told((_call, response) => {
        setTimeout(() => response.writeHead(status).end('{}'), 1_100);
      }, plain);
      expect(record.amountNanoUsd).toBeGreaterThan(0n);
      expect(record).toMatchObject({ outputTokens: 0n, estimated: true });
      expect(record.doubtNanoUsd).toBeGreaterThan(0n);
    });

    it.each([408, 504])(
      'of %d that say that they counted nothing leave doubt all the same',
      async (status) => {
        const { record } = await told(
          json({ usage: { prompt_tokens: 0, completion_tokens: 0 } }, status),
          plain,
        );
        expect(record).toMatchObject({ amountNanoUsd: 0n, estimated: true, outcome: PROVIDER_FAILED });
        expect(record.doubtNanoUsd).toBeGreaterThan(TRUTH);
      },
    );

    it.each([500, 529])(
      'of %d, with which a provider speaks for itself, are free however late',
      async (status) => {
        const { record } = await told((_call, response) => {
          setTimeout(() => response.writeHead(status).end('{"error":{"message":"overloaded"}}'), 1_100);
        }, plain);
        expect(record).toMatchObject({ amountNanoUsd: 0n, doubtNanoUsd: 0n, outcome: PROVIDER_FAILED });
      },
    );
  });
});
