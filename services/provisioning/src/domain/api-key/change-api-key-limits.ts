import { type LimitSpec, type OrganizationId, replaceLimits, sameLimits } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent } from './api-key.events';
import type { KeyManager } from './key-manager';
import { boundableKey } from './owned-key';

export interface ChangeApiKeyLimits {
  readonly type: 'ChangeApiKeyLimits';
  readonly organizationId: OrganizationId;
  readonly manager: KeyManager;
  /** The whole new list. */
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
  readonly at: Date;
}

/** As `boundableKey` refuses; INVALID where two limits bound the same. Limits that are in force already record nothing. */
export const changeApiKeyLimits = (command: ChangeApiKeyLimits, key: ApiKeyState): readonly ApiKeyEvent[] => {
  const { apiKeyId, limits } = boundableKey(command, key);
  const replaced = replaceLimits(limits, command.limits, { scopeId: apiKeyId, seed: command.seed });
  if (sameLimits(limits, replaced)) return [];
  return [{ type: 'ApiKeyLimitsChanged', apiKeyId, limits: replaced }];
};
