import type { OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent, KeyModels } from './api-key.events';
import type { KeyManager } from './key-manager';
import { boundableKey } from './owned-key';

export interface ChangeApiKeyModels {
  readonly type: 'ChangeApiKeyModels';
  readonly organizationId: OrganizationId;
  readonly manager: KeyManager;
  readonly models: KeyModels;
  readonly at: Date;
}

/** As `boundableKey` refuses. Models that it may call already record nothing. */
export const changeApiKeyModels = (command: ChangeApiKeyModels, key: ApiKeyState): readonly ApiKeyEvent[] => {
  const { apiKeyId, models } = boundableKey(command, key);
  if (sameModels(models, command.models)) return [];
  return [{ type: 'ApiKeyModelsChanged', apiKeyId, models: command.models }];
};

/** Whatever the order of their names. */
const sameModels = (a: KeyModels, b: KeyModels): boolean => {
  if (a.all || b.all) return a.all === b.all;
  const names = new Set(a.names);
  return names.size === b.names.length && b.names.every((name) => names.has(name));
};
