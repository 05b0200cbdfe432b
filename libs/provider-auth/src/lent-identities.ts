import type { Clock } from '@gatehouse/kernel';
import type { ProcessSeal } from '@gatehouse/sealing';
import { AmbientIdentities, type AmbientIdentity } from './ambient-identities';
import { ambientIdentityMissing } from './auth-errors';
import { type GatewayRole, keysByInstanceRole, keysByWebIdentity, projectedToken } from './aws/gateway-keys';
import type { AwsKeys } from './provider-credential';
import { TokenCache } from './tokens/token-cache';
import type { TokenTransport } from './tokens/token-transport';

/** What the operator has configured of the machine's identities, and for whom. */
export interface LentIdentitiesOptions {
  /** By organization id; who is not in it may use none. */
  readonly allowed: Readonly<Record<string, readonly AmbientIdentity[]>>;
  /** Where the cluster writes the token that Entra takes for this workload. */
  readonly federatedTokenFile?: string;
  readonly gatewayRole?: GatewayRole;
}

/** The name under which the cache has the gateway's keys: there is one such identity. */
const GATEWAY_ROLE = 'gateway-role';

/** The machine's identities as the operator lends them. */
export class LentIdentities extends AmbientIdentities {
  private readonly keys: TokenCache;

  constructor(
    private readonly options: LentIdentitiesOptions,
    private readonly transport: TokenTransport,
    clock: Clock,
    seal: ProcessSeal,
  ) {
    super();
    this.keys = new TokenCache(clock, seal);
  }

  allows(organizationId: string, identity: AmbientIdentity): boolean {
    const { allowed } = this.options;
    if (!Object.hasOwn(allowed, organizationId)) return false;
    return (allowed[organizationId] ?? []).some((listed) => isSame(listed, identity));
  }

  async federatedToken(): Promise<string> {
    const { federatedTokenFile } = this.options;
    if (federatedTokenFile === undefined) throw ambientIdentityMissing();
    return projectedToken(federatedTokenFile);
  }

  async gatewayKeys(): Promise<AwsKeys> {
    const role = this.options.gatewayRole;
    if (role === undefined) throw ambientIdentityMissing();
    if (role.kind === 'keys') return role.keys;
    const kept = await this.keys.get(GATEWAY_ROLE, async () => {
      const { keys, expiresAt } =
        role.kind === 'web-identity'
          ? await keysByWebIdentity(this.transport, role)
          : await keysByInstanceRole(this.transport);
      return { token: JSON.stringify(keys), expiresAt };
    });
    return JSON.parse(kept) as AwsKeys;
  }
}

const isSame = (listed: AmbientIdentity, identity: AmbientIdentity): boolean => {
  switch (listed.kind) {
    case 'gateway-role':
      return identity.kind === 'gateway-role';
    case 'managed-identity':
      return identity.kind === 'managed-identity' && identity.clientId === listed.clientId;
    case 'workload-identity':
      return (
        identity.kind === 'workload-identity' &&
        identity.tenantId === listed.tenantId &&
        identity.clientId === listed.clientId
      );
  }
};
