import {
  type ApiKeyId,
  AppError,
  type LimitSpec,
  type MemberId,
  type OrganizationId,
  replaceLimits,
} from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent, KeyReach } from './api-key.events';
import { type KeyManager, refuseAbove } from './key-manager';

export interface IssueApiKey {
  readonly type: 'IssueApiKey';
  readonly manager: KeyManager;
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly reach: KeyReach;
  /** 1 … 100 characters. */
  readonly name: string;
  readonly memberId: MemberId | undefined;
  readonly limits: readonly LimitSpec[];
  readonly hash: string;
  readonly pepperId: string;
  readonly seed: string;
}

/**
 * FORBIDDEN for a key above its issuer; CONFLICT `API_KEY_EXISTS`; INVALID where two limits bound the same. That organization, workspace and member exist is for the
 * caller to see to.
 */
export const issueApiKey = (command: IssueApiKey, key: ApiKeyState): readonly ApiKeyEvent[] => {
  refuseAbove(command.manager, command.reach);
  if (key.status !== 'absent') throw new AppError('CONFLICT', 'API_KEY_EXISTS');
  const { apiKeyId, organizationId, reach, name, memberId, hash, pepperId, seed } = command;
  const limits = replaceLimits([], command.limits, { scopeId: apiKeyId, seed });
  return [{ type: 'ApiKeyIssued', apiKeyId, organizationId, reach, name, memberId, limits, hash, pepperId }];
};
