import type { Recorded } from '@gatehouse/event-store';
import type { ApiKeyId, Limit, MemberId, OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from '../../domain/api-key/api-key';
import type { KeyReach } from '../../domain/api-key/api-key.events';

/** A key as it may be shown: neither the key nor its hash. */
export interface ApiKeyView {
  readonly id: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly reach: KeyReach;
  readonly name: string;
  /** Whose it is; undefined for a key of a service. */
  readonly memberId: MemberId | undefined;
  readonly status: 'active' | 'revoked';
  readonly limits: readonly Limit[];
  readonly revision: bigint;
  readonly issuedAt: Date;
  /** Empty from before peppers had ids. */
  readonly pepperId: string;
}

export const apiKeyView = ({ state, revision, createdAt }: Recorded<ApiKeyState>): ApiKeyView => {
  if (state.status === 'absent') throw new Error('a key without its issue');
  const { apiKeyId: id, organizationId, reach, name, memberId, status, limits, pepperId } = state;
  return {
    id,
    organizationId,
    reach,
    name,
    memberId,
    status,
    limits,
    pepperId,
    revision,
    issuedAt: createdAt,
  };
};
