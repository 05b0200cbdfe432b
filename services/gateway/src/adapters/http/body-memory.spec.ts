import { FakeAnswer } from '../../testing/fake-answer';
import { BodyMemory } from './body-memory';
import { HttpSettings } from './http-settings';

const KEY = 'key_a';
const TEXT = '{"a":1}';

describe('the memory of a body', () => {
  const settings = new HttpSettings({
    peppers: {} as never,
    bodyBytesMax: 1_000,
    bodyDeadlineMs: 1_000,
    bodiesBytesMax: 4 * TEXT.length,
    gatewayId: '0123456789abcdef',
    waitMs: 0,
    forwardHeaders: [],
  });
  const read = async () => {
    const client = new FakeAnswer();
    const memory = new BodyMemory(settings, client, KEY);
    const request = { body: Buffer.from(TEXT), length: TEXT.length };
    return { client, memory, body: await memory.read(request) };
  };

  it.each([
    ['where no provider was called', undefined, false, true],
    ['where its provider has answered to the end', 'completed', false, true],
    ['not where its client has left', 'clientLeft', true, false],
    ['not where its client has left before it is known how it ends', undefined, true, false],
    ['not where its provider has failed', 'providerFailed', false, false],
  ] as const)('is another’s once its answer has ended, %s', async (_when, outcome, left, again) => {
    for (const handledFirst of [true, false]) {
      const { client, memory, body } = await read();
      client.outcome = outcome;
      client.left = left;
      if (handledFirst) memory.wasHandled();
      else client.end();
      // Whatever is still done for it may read it.
      expect(body.toString()).toBe(TEXT);
      if (handledFirst) client.end();
      else memory.wasHandled();
      expect(body.toString() === TEXT).toBe(!again);
      const next = await read();
      expect(next.body.buffer === body.buffer).toBe(again);
      next.client.end();
    }
  });

  it('counts until its answer has ended', async () => {
    const { client } = await read();
    await expect(read()).rejects.toMatchObject({ code: 'bodies_too_large' });
    client.end();
    const { client: next } = await read();
    next.end();
  });

  it('is another’s at once where it is refused for what it is', async () => {
    const { client, memory, body } = await read();
    memory.wasHandled();
    client.end();
    const broken = Buffer.from([0x22, 0xff, 0x22]);
    const gone = new FakeAnswer();
    const refused = new BodyMemory(settings, gone, KEY);
    const reading = async () => refused.read({ body: broken, length: broken.length });
    await expect(reading()).rejects.toMatchObject({ code: 'invalid_request' });
    gone.end();
    expect((await read()).body.buffer).toBe(body.buffer);
  });
});
