import { syncToDisk } from '@gatehouse/kernel';
import { ProcessTokenCounter } from '../adapters/tokens/process-token-counter';
import { startGateway, type RunningGateway } from '../gateway-app';
import type { GatewayConfig } from '../gateway.config';
import type { OpenGatewayBus } from '../journal.providers';

/** A gateway in the process of its test, where a worker would be: it does for itself what a primary does for its workers. */
export const startAlone = (config: GatewayConfig, openBus: OpenGatewayBus): Promise<RunningGateway> =>
  startGateway(
    config,
    {
      directory: config.GATEHOUSE_DATA_DIR,
      sync: syncToDisk,
      companions: { ready: true },
      listens: 'at once',
      tokens: new ProcessTokenCounter(),
    },
    openBus,
  );
