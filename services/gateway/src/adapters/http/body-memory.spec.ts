import { ClientAnswer } from '../../app/gateway.ports';
import { BodyMemory } from './body-memory';
import type { ExchangeAnswer } from './exchange-ends';
import { HttpSettings } from './http-settings';

class Answer extends ClientAnswer implements ExchangeAnswer {
  readonly left = false;
  readonly started = false;
  readonly status = 0;
  over = (): void => undefined;

  onOver(listener: () => void): void {
    this.over = listener;
  }

  destroy(): void {}
  destroyWhenEnded(): void {}
  start(): void {}
  end(): void {}

  write(): boolean {
    return true;
  }
}

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
    const client = new Answer();
    const memory = new BodyMemory(settings, client, KEY);
    const request = { body: Buffer.from(TEXT), length: TEXT.length };
    return { client, memory, body: await memory.read(request) };
  };

  it.each([
    ['where no provider was called', undefined, true],
    ['where its provider has answered to the end', 'completed', true],
    ['not where its client has left', 'clientLeft', false],
    ['not where its provider has failed', 'providerFailed', false],
  ] as const)('is another’s once its exchange is over, %s', async (_when, outcome, again) => {
    for (const handledFirst of [true, false]) {
      const { client, memory, body } = await read();
      client.outcome = outcome;
      if (handledFirst) memory.wasHandled();
      else client.over();
      // Whatever is still done for it may read it.
      expect(body.toString()).toBe(TEXT);
      if (handledFirst) client.over();
      else memory.wasHandled();
      expect(body.toString() === TEXT).toBe(!again);
      const next = await read();
      expect(next.body.buffer === body.buffer).toBe(again);
      next.client.over();
    }
  });

  it('counts until its exchange is over', async () => {
    const { client } = await read();
    await expect(read()).rejects.toMatchObject({ code: 'bodies_too_large' });
    client.over();
    const { client: next } = await read();
    next.over();
  });

  it('is another’s at once where it is refused for what it is', async () => {
    const { client, memory, body } = await read();
    memory.wasHandled();
    client.over();
    const broken = Buffer.from([0x22, 0xff, 0x22]);
    const gone = new Answer();
    const refused = new BodyMemory(settings, gone, KEY);
    const reading = async () => refused.read({ body: broken, length: broken.length });
    await expect(reading()).rejects.toMatchObject({ code: 'invalid_request' });
    gone.over();
    expect((await read()).body.buffer).toBe(body.buffer);
  });
});
