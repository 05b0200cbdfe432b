import type { Recorded } from '@gatehouse/event-store';
import type { ApiKeyId } from '@gatehouse/kernel';
import type { ApiKeyState, IssuedKey } from '../../domain/api-key/api-key';

/** A key as it may be shown at an instant: neither a secret nor a hash. */
export interface ApiKeyView extends Omit<IssuedKey, 'apiKeyId' | 'hash' | 'status'> {
  readonly id: ApiKeyId;
  readonly status: 'active' | 'revoked' | 'expired';
  readonly revision: bigint;
  readonly issuedAt: Date;
  /** It is active, and its secret should have been replaced by now. */
  readonly rotationDue: boolean;
}

export const apiKeyView = ({ state, revision, createdAt }: Recorded<ApiKeyState>, at: Date): ApiKeyView => {
  if (state.status === 'absent') throw new Error('a key without its issue');
  const { apiKeyId: id, hash: _hash, ...key } = state;
  const status = statusAt(state, at);
  return { ...key, id, status, revision, issuedAt: createdAt, rotationDue: isRotationDue(status, state, at) };
};

/** What has ended needs no secret any more. */
export const isRotationDue = (
  status: ApiKeyView['status'],
  { rotation }: Pick<IssuedKey, 'rotation'>,
  at: Date,
): boolean => status === 'active' && rotation !== undefined && rotation.dueAt <= at;

/** What was revoked stays so, whenever it would have ended by itself. */
export const statusAt = (
  { status, expiresAt }: Pick<IssuedKey, 'status' | 'expiresAt'>,
  at: Date,
): ApiKeyView['status'] => (status === 'active' && expiresAt && expiresAt <= at ? 'expired' : status);
