import { HostGuard } from '@gatehouse/hosts';
import { Clock } from '@gatehouse/kernel';
import {
  LentIdentities,
  ProviderAuthenticator,
  TokenTransport,
  UndiciTokenTransport,
} from '@gatehouse/provider-auth';
import { DataKeyUnwrapper, ProcessSeal } from '@gatehouse/sealing';
import type { Provider } from '@nestjs/common';
import { OpenedCredentials } from './adapters/egress/opened-credentials';
import { UndiciProbes } from './adapters/upstream/undici-probes';
import { ReferencedCredentials } from './adapters/vault/referenced-credentials';
import { Egress } from './app/egress';
import type { GatewayConfig } from './gateway.config';

/** A probe is an answer of a few kilobytes; whoever takes longer is not fit to be called either. */
const PROBE_TIMEOUT_MS = 8_000;
/** The lists of models of the largest vendors have some hundred kilobytes. */
const PROBE_BYTES_MAX = 4 * 1024 * 1024;
const TOKEN_TIMEOUT_MS = 8_000;

/** What tries credentials: everything that opens one, and what it is shown with. */
export const egressProviders = (config: GatewayConfig): Provider[] => [
  { provide: ProcessSeal, useFactory: () => new ProcessSeal() },
  {
    provide: TokenTransport,
    useFactory: () =>
      new UndiciTokenTransport({
        connectTimeoutMs: config.GATEHOUSE_CONNECT_TIMEOUT_MS,
        timeoutMs: TOKEN_TIMEOUT_MS,
      }),
  },
  {
    provide: ProviderAuthenticator,
    useFactory: (clock: Clock, seal: ProcessSeal, transport: TokenTransport) =>
      new ProviderAuthenticator({
        clock,
        seal,
        transport,
        ambient: new LentIdentities(lentBy(config), transport, clock, seal),
      }),
    inject: [Clock, ProcessSeal, TokenTransport],
  },
  {
    provide: Egress,
    useFactory: (
      unwrapper: DataKeyUnwrapper,
      authenticator: ProviderAuthenticator,
      references: ReferencedCredentials,
    ) =>
      new Egress(
        new OpenedCredentials(unwrapper, authenticator, references),
        new UndiciProbes({
          hosts: new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS),
          connectTimeoutMs: config.GATEHOUSE_CONNECT_TIMEOUT_MS,
          timeoutMs: PROBE_TIMEOUT_MS,
          answerBytesMax: PROBE_BYTES_MAX,
        }),
      ),
    inject: [DataKeyUnwrapper, ProviderAuthenticator, ReferencedCredentials],
  },
];

const lentBy = (config: GatewayConfig): ConstructorParameters<typeof LentIdentities>[0] => ({
  allowed: config.GATEHOUSE_LENT_IDENTITIES,
  ...(config.GATEHOUSE_FEDERATED_TOKEN_FILE !== undefined && {
    federatedTokenFile: config.GATEHOUSE_FEDERATED_TOKEN_FILE,
  }),
  ...(config.GATEHOUSE_GATEWAY_ROLE !== undefined && { gatewayRole: config.GATEHOUSE_GATEWAY_ROLE }),
});
