import 'reflect-metadata';
import { BusProducer, type BusMessage, type Topic } from '@gatehouse/bus';
import { startGateway } from '../gateway-app';
import { readGatewayConfig } from '../gateway.config';

/** A gateway in a process of its own that tells usage to the test that forked it, so that it can be killed. */
class ParentBus extends BusProducer {
  async publish(_topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    if (process.env['TEST_BUS_DOWN'] === '1') throw new Error('the bus is down');
    for (const { value } of messages) process.send?.({ record: Buffer.from(value).toString('base64') });
  }

  async close(): Promise<void> {}
}

const main = async (): Promise<void> => {
  const gateway = await startGateway(readGatewayConfig(), async () => ({
    producer: new ParentBus(),
    close: async () => undefined,
  }));
  process.on('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
  process.on('disconnect', () => process.exit(1));
  process.send?.({ url: gateway.url });
};

main().catch((error: Error) => {
  process.send?.({ failed: error.message });
  process.exit(1);
});
