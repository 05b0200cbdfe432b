import 'reflect-metadata';
import { PinoServiceLog } from '@gatehouse/platform';
import { type RunningGateway, startGateway } from './gateway-app';
import { readGatewayConfig } from './gateway.config';

const main = async (): Promise<void> => {
  let gateway: RunningGateway | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= gateway?.stop() ?? Promise.resolve());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void stop().finally(() => process.exit(0)));
  }
  try {
    const config = readGatewayConfig();
    gateway = await startGateway(config);
    new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL).info({ listen: gateway.url }, 'serving');
  } catch (error) {
    new PinoServiceLog('gateway', 'error').error({ err: error }, 'could not start');
    process.exit(1);
  }
};

void main();
