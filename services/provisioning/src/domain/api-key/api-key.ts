import type { ApiKeyId, Decider, Limit, MemberId, OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyEvent, KeyReach } from './api-key.events';
import { type IssueApiKey, issueApiKey } from './issue-api-key';
import { type RevokeApiKey, revokeApiKey } from './revoke-api-key';

export type ApiKeyState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active' | 'revoked';
      readonly apiKeyId: ApiKeyId;
      readonly organizationId: OrganizationId;
      readonly reach: KeyReach;
      readonly name: string;
      readonly memberId: MemberId | undefined;
      readonly limits: readonly Limit[];
      readonly hash: string;
      readonly pepperId: string;
    };

export type ApiKeyCommand = IssueApiKey | RevokeApiKey;

const decide = (command: ApiKeyCommand, key: ApiKeyState): readonly ApiKeyEvent[] => {
  switch (command.type) {
    case 'IssueApiKey':
      return issueApiKey(command, key);
    case 'RevokeApiKey':
      return revokeApiKey(command, key);
  }
};

const evolve = (key: ApiKeyState, event: ApiKeyEvent): ApiKeyState => {
  switch (event.type) {
    case 'ApiKeyIssued': {
      const { type: _type, ...key } = event;
      return { status: 'active', ...key };
    }
    case 'ApiKeyRevoked':
      return key.status === 'absent' ? key : { ...key, status: 'revoked' };
  }
};

/** What a client presents. Only the keyed hash of the key is ever recorded. */
export const apiKeyDecider: Decider<ApiKeyCommand, ApiKeyState, ApiKeyEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
