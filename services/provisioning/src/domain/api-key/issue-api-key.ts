import {
  type ApiKeyId,
  AppError,
  type LimitSpec,
  type OrganizationId,
  replaceLimits,
} from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent, KeyScope } from './api-key.events';

export interface IssueApiKey {
  readonly type: 'IssueApiKey';
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly scope: KeyScope;
  /** 1 … 100 characters. */
  readonly name: string;
  readonly limits: readonly LimitSpec[];
  readonly hash: string;
  readonly pepperId: string;
  readonly seed: string;
}

/**
 * CONFLICT `API_KEY_EXISTS`; INVALID where two limits bound the same. That organization and workspace exist is for the
 * caller to see to.
 */
export const issueApiKey = (command: IssueApiKey, key: ApiKeyState): readonly ApiKeyEvent[] => {
  if (key.status !== 'absent') throw new AppError('CONFLICT', 'API_KEY_EXISTS');
  const { apiKeyId, organizationId, scope, name, hash, pepperId, seed } = command;
  const limits = replaceLimits([], command.limits, { scopeId: apiKeyId, seed });
  return [{ type: 'ApiKeyIssued', apiKeyId, organizationId, scope, name, limits, hash, pepperId }];
};
