import type { ApiKeyEvent, ApiKeyIssued } from './api-key.events';

/** A key that was issued. Whether it has ended by itself is for a clock to say. */
export interface IssuedKey extends Omit<ApiKeyIssued, 'type'> {
  readonly status: 'active' | 'revoked';
  /** Until when the secret works on that its newest one replaced. */
  readonly earlierEndsAt?: Date;
}

export type ApiKeyState = { readonly status: 'absent' } | IssuedKey;

export const evolve = (key: ApiKeyState, event: ApiKeyEvent): ApiKeyState => {
  if (event.type === 'ApiKeyIssued') {
    const { type: _type, ...issued } = event;
    return { status: 'active', ...issued };
  }
  if (key.status === 'absent') return key;
  switch (event.type) {
    case 'ApiKeyRotated': {
      const { hash, pepperId, prefix, earlierEndsAt, rotation } = event;
      return { ...key, hash, pepperId, prefix, earlierEndsAt, rotation };
    }
    case 'ApiKeyLimitsChanged':
      return { ...key, limits: event.limits };
    case 'ApiKeyModelsChanged':
      return { ...key, models: event.models };
    case 'ApiKeyRevoked':
      return { ...key, status: 'revoked' };
  }
};
