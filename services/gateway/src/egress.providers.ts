import { HostGuard } from '@gatehouse/hosts';
import { ProviderAuthenticator } from '@gatehouse/provider-auth';
import { DataKeyUnwrapper } from '@gatehouse/sealing';
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

/** What tries credentials: everything that opens one, and what it is shown with. */
export const egressProviders = (config: GatewayConfig): Provider[] => [
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
