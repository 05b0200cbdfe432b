import type { Decider } from '@gatehouse/kernel';
import type { ApiKeyEvent, ApiKeyIssued } from './api-key.events';
import { type ChangeApiKeyLimits, changeApiKeyLimits } from './change-api-key-limits';
import { type ChangeApiKeyModels, changeApiKeyModels } from './change-api-key-models';
import { type IssueApiKey, issueApiKey } from './issue-api-key';
import { type RevokeApiKey, revokeApiKey } from './revoke-api-key';
import { type RotateApiKey, rotateApiKey } from './rotate-api-key';

/** A key that was issued. Whether it has ended by itself is for a clock to say. */
export interface IssuedKey extends Omit<ApiKeyIssued, 'type'> {
  readonly status: 'active' | 'revoked';
  /** Until when the secret works on that its newest one replaced. */
  readonly earlierEndsAt?: Date;
}

export type ApiKeyState = { readonly status: 'absent' } | IssuedKey;

export type ApiKeyCommand =
  IssueApiKey | RotateApiKey | ChangeApiKeyLimits | ChangeApiKeyModels | RevokeApiKey;

const decide = (command: ApiKeyCommand, key: ApiKeyState): readonly ApiKeyEvent[] => {
  switch (command.type) {
    case 'IssueApiKey':
      return issueApiKey(command, key);
    case 'RotateApiKey':
      return rotateApiKey(command, key);
    case 'ChangeApiKeyLimits':
      return changeApiKeyLimits(command, key);
    case 'ChangeApiKeyModels':
      return changeApiKeyModels(command, key);
    case 'RevokeApiKey':
      return revokeApiKey(command, key);
  }
};

const evolve = (key: ApiKeyState, event: ApiKeyEvent): ApiKeyState => {
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

/** What a client presents. Only the keyed hashes of its secrets are ever recorded. */
export const apiKeyDecider: Decider<ApiKeyCommand, ApiKeyState, ApiKeyEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
