import {
  type AccessScope,
  type ApiKeyId,
  AppError,
  type LimitSpec,
  type MemberId,
  type OrganizationId,
  replaceLimits,
} from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent, KeyModels, KeyReach, KeySecret } from './api-key.events';
import { demandKeyScope, type KeyManager, refuseMoreThan } from './key-manager';
import { rotationFrom } from './key-rotation';

/** A key as it is asked for. */
export interface WantedKey {
  readonly reach: KeyReach;
  /** 1 … 100 characters. */
  readonly name: string;
  /** Whose it is; undefined for a key of a service. */
  readonly memberId: MemberId | undefined;
  readonly limits: readonly LimitSpec[];
  /** Within the role; empty: all that it allows. */
  readonly scopes: readonly AccessScope[];
  readonly models: KeyModels;
  readonly expiresAt?: Date | undefined;
  /** 1 … 365: after how many days its secret is to be replaced; 0: nobody says so. */
  readonly rotateEveryDays: number;
}

export interface IssueApiKey extends WantedKey, KeySecret {
  readonly type: 'IssueApiKey';
  readonly manager: KeyManager;
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly seed: string;
  readonly at: Date;
}

/**
 * FORBIDDEN for a key that may more than its issuer; CONFLICT `API_KEY_EXISTS`; REFUSED `END_HAS_PASSED`; INVALID where two
 * limits bound the same. That organization, workspace and member exist is for the caller to see to.
 */
export const issueApiKey = (command: IssueApiKey, key: ApiKeyState): readonly ApiKeyEvent[] => {
  const { type: _type, manager, seed, at, expiresAt, rotateEveryDays, ...wanted } = command;
  demandKeyScope(manager, wanted, 'create');
  refuseMoreThan(manager, command);
  if (key.status !== 'absent') throw new AppError('CONFLICT', 'API_KEY_EXISTS');
  if (expiresAt && expiresAt <= at) throw new AppError('REFUSED', 'END_HAS_PASSED');
  const limits = replaceLimits([], wanted.limits, { scopeId: wanted.apiKeyId, seed });
  const rotation = rotationFrom(at, rotateEveryDays);
  return [{ type: 'ApiKeyIssued', ...wanted, limits, ...(expiresAt && { expiresAt }), rotation }];
};
