import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { AppError } from './app-error';
import type { Brand } from './brand';
import { subkey } from './subkey';

export type OrganizationId = Brand<string, 'OrganizationId'>;
export type WorkspaceId = Brand<string, 'WorkspaceId'>;
export type IntegrationId = Brand<string, 'IntegrationId'>;
export type ProvisionId = Brand<string, 'ProvisionId'>;
/** Of a command for many workspaces. */
export type BulkId = Brand<string, 'BulkId'>;
/** Of a change that wants somebody else's approval. */
export type ProposalId = Brand<string, 'ProposalId'>;
export type ApiKeyId = Brand<string, 'ApiKeyId'>;
export type MemberId = Brand<string, 'MemberId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type InviteId = Brand<string, 'InviteId'>;
export type LimitId = Brand<string, 'LimitId'>;
export type LeaseId = Brand<string, 'LeaseId'>;
export type JournalId = Brand<string, 'JournalId'>;
export type WebhookId = Brand<string, 'WebhookId'>;
/** Of records that are rated anew. */
export type ReratingId = Brand<string, 'ReratingId'>;
export type RequestId = Brand<string, 'RequestId'>;
/** A UUID. */
export type EventId = Brand<string, 'EventId'>;

const ALPHABET = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');
const SUFFIX_LENGTH = 26;
/** Where one is made. */
const SUFFIX = Buffer.alloc(SUFFIX_LENGTH);

const parser =
  <Id extends string>(prefix: string, reason: string) =>
  (raw: string): Id => {
    if (!new RegExp(`^${prefix}_[0-9a-z]{${SUFFIX_LENGTH}}$`).test(raw))
      throw new AppError('INVALID', reason);
    return raw as Id;
  };

export const organizationId = parser<OrganizationId>('org', 'ORGANIZATION_ID_MALFORMED');
export const workspaceId = parser<WorkspaceId>('ws', 'WORKSPACE_ID_MALFORMED');
export const integrationId = parser<IntegrationId>('int', 'INTEGRATION_ID_MALFORMED');
export const provisionId = parser<ProvisionId>('prv', 'PROVISION_ID_MALFORMED');
export const bulkId = parser<BulkId>('blk', 'BULK_ID_MALFORMED');
export const proposalId = parser<ProposalId>('prp', 'PROPOSAL_ID_MALFORMED');
export const apiKeyId = parser<ApiKeyId>('key', 'API_KEY_ID_MALFORMED');
export const memberId = parser<MemberId>('mbr', 'MEMBER_ID_MALFORMED');
export const sessionId = parser<SessionId>('ses', 'SESSION_ID_MALFORMED');
export const inviteId = parser<InviteId>('inv', 'INVITE_ID_MALFORMED');
export const limitId = parser<LimitId>('lim', 'LIMIT_ID_MALFORMED');
export const leaseId = parser<LeaseId>('lse', 'LEASE_ID_MALFORMED');
export const journalId = parser<JournalId>('jnl', 'JOURNAL_ID_MALFORMED');
export const webhookId = parser<WebhookId>('whk', 'WEBHOOK_ID_MALFORMED');
export const reratingId = parser<ReratingId>('rrt', 'RERATING_ID_MALFORMED');

/** 26 characters of Crockford's base32: the last 130 bits of the first 17 bytes. */
const suffixOf = (bytes: Uint8Array): string => {
  for (let at = 0; at < SUFFIX_LENGTH; at++) {
    const bit = 6 + 5 * at;
    const two = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    SUFFIX[at] = ALPHABET[(two >> (11 - (bit & 7))) & 31] as number;
  }
  // In one piece: what is put together letter by letter is taken apart again by whoever reads it first.
  return SUFFIX.toString('latin1');
};

const digestOf = (parts: readonly string[], hash: Hash | Hmac = createHash('sha256')): Buffer => {
  // Length-prefixed, so that no two different lists of parts look alike.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
};

/**
 * Ids of what a command makes: the same for a repetition, which finds what it made, and to be foretold by nobody who
 * does not have the installation's secret, also where a caller chose the parts.
 */
export class Ids {
  private readonly key: Uint8Array;

  /** @param installationSecret 32 bytes. */
  constructor(installationSecret: Uint8Array) {
    this.key = subkey(installationSecret, 'gatehouse ids');
  }

  derive(prefix: string, ...parts: readonly string[]): string {
    return `${prefix}_${suffixOf(digestOf([prefix, ...parts], createHmac('sha256', this.key)))}`;
  }

  /** A UUID (version 8): the same event of the same command has the same id. */
  eventId(...parts: readonly string[]): EventId {
    return uuidOf(digestOf(['event', ...parts], createHmac('sha256', this.key)));
  }
}

/** The same parts make the same id, for whoever knows them: for ids that say nothing new and are no secret. */
export const deriveId = (prefix: string, ...parts: readonly string[]): string =>
  `${prefix}_${suffixOf(digestOf([prefix, ...parts]))}`;

/** An id from 17 random bytes, which the caller supplies. */
export const randomId = (prefix: string, random: Uint8Array): string => `${prefix}_${suffixOf(random)}`;

/** A UUID (version 8) from its parts, for whoever knows them. */
export const deriveEventId = (...parts: readonly string[]): EventId => uuidOf(digestOf(['event', ...parts]));

const uuidOf = (digest: Buffer): EventId => {
  const bytes = digest.subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId;
};
