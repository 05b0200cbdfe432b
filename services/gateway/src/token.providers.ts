import { Clock } from '@gatehouse/kernel';
import {
  AmbientIdentities,
  LentIdentities,
  ProviderAuthenticator,
  TokenTransport,
  UndiciTokenTransport,
} from '@gatehouse/provider-auth';
import { ProcessSeal } from '@gatehouse/sealing';
import type { Provider } from '@nestjs/common';
import type { GatewayConfig } from './gateway.config';

const TOKEN_TIMEOUT_MS = 8_000;

/** What tokens are fetched and kept with, and the identities that this machine has: one of each for all who need them. */
export const tokenProviders = (config: GatewayConfig): Provider[] => [
  { provide: ProcessSeal, useFactory: () => new ProcessSeal() },
  {
    provide: UndiciTokenTransport,
    useFactory: () =>
      new UndiciTokenTransport({
        connectTimeoutMs: config.GATEHOUSE_CONNECT_TIMEOUT_MS,
        timeoutMs: TOKEN_TIMEOUT_MS,
      }),
  },
  { provide: TokenTransport, useExisting: UndiciTokenTransport },
  {
    provide: AmbientIdentities,
    useFactory: (transport: TokenTransport, clock: Clock, seal: ProcessSeal) =>
      new LentIdentities(lentBy(config), transport, clock, seal),
    inject: [TokenTransport, Clock, ProcessSeal],
  },
  {
    provide: ProviderAuthenticator,
    useFactory: (clock: Clock, seal: ProcessSeal, transport: TokenTransport, ambient: AmbientIdentities) =>
      new ProviderAuthenticator({ clock, seal, transport, ambient }),
    inject: [Clock, ProcessSeal, TokenTransport, AmbientIdentities],
  },
];

const lentBy = (config: GatewayConfig): ConstructorParameters<typeof LentIdentities>[0] => ({
  allowed: config.GATEHOUSE_LENT_IDENTITIES,
  ...(config.GATEHOUSE_FEDERATED_TOKEN_FILE !== undefined && {
    federatedTokenFile: config.GATEHOUSE_FEDERATED_TOKEN_FILE,
  }),
  ...(config.GATEHOUSE_GATEWAY_ROLE !== undefined && { gatewayRole: config.GATEHOUSE_GATEWAY_ROLE }),
});
