import { FileJournal } from './adapters/journal/file-journal';
import { GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const VALID_MS = 200;

/** Nothing else has its turn meanwhile. */
const standStill = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('a request whose lease ends between its admission and its entry in the journal', () => {
  const gateway = new GatewayFixture();
  const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 };

  beforeAll(async () => {
    gateway.control.ledger.validForMs = BigInt(VALID_MS);
    gateway.control.ledger.budget(PROVISION, 1_000_000_000n);
    await gateway.start();
  });
  afterAll(() => gateway.stop());
  afterEach(() => jest.restoreAllMocks());

  /** As a window's end does to all that are so far just then, or a process that was stopped. */
  const delayed = (times: number) => {
    const open = FileJournal.prototype.open;
    let left = times;
    return jest.spyOn(FileJournal.prototype, 'open').mockImplementation(function (
      this: FileJournal,
      opening,
    ) {
      if (left-- > 0) standStill(2 * VALID_MS);
      return open.call(this, opening);
    });
  };

  it('has room in another lease, and is charged once', async () => {
    const opened = delayed(1);
    const answer = await gateway.chat(body);
    expect(answer.status).toBe(200);
    expect(opened).toHaveBeenCalledTimes(2);
    await gateway.stopGateway();
    expect(gateway.bus.records.map(({ attempt }) => attempt)).toEqual([1]);
    await gateway.startGateway();
  });

  it('is refused where that happens to it again', async () => {
    const opened = delayed(Infinity);
    const answer = await gateway.chat(body);
    expect(await answer.json()).toMatchObject({ error: { code: 'limits_unavailable' } });
    expect(opened).toHaveBeenCalledTimes(2);
  });
});
