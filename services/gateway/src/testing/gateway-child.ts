import cluster from 'node:cluster';
import { BusProducer, type BusMessage, type Topic } from '@gatehouse/bus';
import { gatewayProcess } from '../gateway-process';

/** A gateway in processes of its own that tells usage to the test that forked it, so that they can be killed. */
class ParentBus extends BusProducer {
  async publish(_topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    if (process.env['TEST_BUS_DOWN'] === '1') throw new Error('the bus is down');
    for (const { value } of messages) process.send?.({ record: Buffer.from(value).toString('base64') });
  }

  async close(): Promise<void> {}
}

const closeBus = async (): Promise<void> => {
  if (process.env['TEST_BUS_CANNOT_CLOSE'] === '1') throw new Error('the bus cannot be closed');
};

const openBus = async () => ({ producer: new ParentBus(), close: closeBus });

const main = async (): Promise<void> => {
  // As in the product, what serves is loaded by workers alone.
  if (cluster.isWorker) return (await import('../gateway-worker.js')).runWorker(process.env, openBus);
  cluster.on('message', (_worker, message: { record?: string }) => {
    if (message.record !== undefined) process.send?.(message);
  });
  cluster.on('fork', ({ process: { pid } }) => process.send?.({ forked: pid }));
  cluster.on('exit', ({ process: { pid } }) => process.send?.({ gone: pid }));
  const gateway = gatewayProcess(process.env);
  process.on('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));
  process.on('disconnect', () => process.exit(1));
  process.send?.({ url: await gateway.start() });
};

main().catch((error: Error) => {
  process.send?.({ failed: error.message });
  process.exit(1);
});
