export { ACCESS_SCOPES, isWorkspaceRole, KEY_ROLES, ROLE_SCOPES, scopesOfKey } from './access-scopes';
export type { AccessScope, KeyRole, OrganizationRole, WorkspaceRole } from './access-scopes';
export { AppError, invalidField, invalidFields } from './app-error';
export type { AppErrorDetails, ErrorCode, FieldViolation } from './app-error';
export type { IntendedChange, JudgedStream, LetsMore } from './approval';
export type { Brand } from './brand';
export { isCredentialHeader, isHeaderValue } from './credential-header';
export { Clock, FixedClock, SystemClock } from './clock';
export { Deadline } from './deadline';
export type { Decider } from './decider';
export { type DiskSync, syncToDisk } from './disk-sync';
export {
  apiKeyId,
  bulkId,
  deriveEventId,
  deriveId,
  Ids,
  integrationId,
  journalId,
  reratingId,
  webhookId,
  leaseId,
  inviteId,
  sessionId,
  limitId,
  memberId,
  organizationId,
  proposalId,
  provisionId,
  randomId,
  workspaceId,
} from './ids';
export type {
  ApiKeyId,
  BulkId,
  EventId,
  IntegrationId,
  JournalId,
  ReratingId,
  WebhookId,
  LeaseId,
  InviteId,
  SessionId,
  LimitId,
  MemberId,
  OrganizationId,
  ProposalId,
  ProvisionId,
  RequestId,
  WorkspaceId,
} from './ids';
export { withRecord } from './digest';
export { isSayableInstant } from './instant';
export { accessLetsMore, limitsLetMore } from './lets-more';
export type { Bound } from './lets-more';
export { ALERTS_BY_DEFAULT, amountAt, isTimeZone, keyLimitIdOf, LIMIT_AMOUNT_MAX, WEEKDAYS } from './limit';
export type { Alerts, Limit, LimitSpec, Raise, RateWindow, ResetRule, ScopeKind, Weekday } from './limit';
export { refuseUnoffered, sameModelAccess } from './model-access';
export type { ModelAccess } from './model-access';
export { formatUsd, INT64_MAX, nanoUsd, nanoUsdPerMillion, parseUsd } from './money';
export type { NanoUsd, NanoUsdPerMillion } from './money';
export { findPage, pagesBehind } from './page';
export type { CountedPage, KeyedPlace, Page, PageRequest } from './page';
export { replaceLimits, sameLimits, sameLimitSpecs } from './replace-limits';
export type { LimitMint } from './replace-limits';
export { LOCATOR_PATH_LENGTH_MAX, malformedParts } from './secret-locator';
export type { LocatorPart, SecretLocator, SecretManager } from './secret-locator';
export { Signal } from './signal';
export { subkey } from './subkey';
export { hasSteeringCharacters, jsonIn, steeringShown } from './text';
export { Turns } from './turns';
