import type { Decider } from '@gatehouse/kernel';
import { type ApiKeyState, evolve } from './api-key';
import type { ApiKeyEvent } from './api-key.events';
import { type ChangeApiKeyLimits, changeApiKeyLimits } from './change-api-key-limits';
import { type ChangeApiKeyModels, changeApiKeyModels } from './change-api-key-models';
import { type IssueApiKey, issueApiKey } from './issue-api-key';
import { type RevokeApiKey, revokeApiKey } from './revoke-api-key';
import { type RotateApiKey, rotateApiKey } from './rotate-api-key';

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

/** What a client presents. Only the keyed hashes of its secrets are ever recorded. */
export const apiKeyDecider: Decider<ApiKeyCommand, ApiKeyState, ApiKeyEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
