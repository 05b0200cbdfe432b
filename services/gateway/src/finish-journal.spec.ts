import { existsSync } from 'node:fs';
import { syncToDisk } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { finishJournal } from './finish-journal';
import { readGatewayConfig } from './gateway.config';
import { journalIn } from './journal.providers';
import { plainAnswer } from './testing/fake-provider';
import { GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 };

describe('a journal that a worker has left', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;

  beforeAll(() => gateway.startSurroundings());
  afterAll(() => gateway.stop());

  it('is kept until a ledger that was restored has heard what was closed since its backup', async () => {
    control.ledger.budget(PROVISION, 1_000_000_000n);
    provider.script = plainAnswer();
    await gateway.startGateway();
    expect((await gateway.chat(body)).status).toBe(200);
    await gateway.stopGateway();
    await until(() => control.ledger.open.size === 0);
    const [number = 0n] = control.ledger.finals.keys();
    const final = control.ledger.finals.get(number);
    control.ledger.openAgain(number);
    control.fault = 'restored';
    const config = readGatewayConfig(gateway.env());
    const directory = config.GATEHOUSE_DATA_DIR;
    const finished = finishJournal(
      config,
      { directory, sync: syncToDisk },
      new AbortController().signal,
      async () => ({
        producer: bus,
        close: async () => undefined,
      }),
    );
    const said = control.ledger.recordsUntold.length;
    await until(() => control.ledger.recordsUntold.length >= said + 2, 'signs of life');
    expect(existsSync(journalIn(directory))).toBe(true);
    control.fault = 'none';
    await finished;
    expect(existsSync(journalIn(directory))).toBe(false);
    expect(control.ledger.open.size).toBe(0);
    expect(control.ledger.finals.get(number)).toEqual(final);
  });
});
