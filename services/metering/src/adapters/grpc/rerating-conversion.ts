import { type Caller, RequestChecks } from '@gatehouse/grpc';
import {
  type Ids,
  integrationId,
  isSayableInstant,
  type OrganizationId,
  type ReratingId,
  reratingId,
  workspaceId,
} from '@gatehouse/kernel';
import { metadataOf, organizationOf } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import { GetReratingQuery } from '../../app/usage/get-rerating.handler';
import { PreviewReratingQuery, type ReratingPreview } from '../../app/usage/preview-rerating.handler';
import { RerateUsageCommand } from '../../app/usage/rerate-usage.handler';
import type { PriceBookNamed } from '../../app/usage/rerating.ports';
import type { Rerating } from '../../domain/adjustment/rerating';
import type { RerateTerms } from '../../domain/adjustment/rerate-terms';
import { toProtoLimitsMoved } from '../events/budget-event.codec';
import { toProtoRerateTally, toProtoRerateTerms } from '../events/rerating-messages';
import { REASON } from './usage-adjustment-conversion';
import { definedOf, optional, text } from './usage-conversion';

const LIMITS_MAX = 100;

export const fromProtoRerateUsage = (
  request: meteringV1.RerateUsageRequest,
  caller: Caller,
  ids: Pick<Ids, 'derive'>,
): RerateUsageCommand => {
  const checks = new RequestChecks();
  const { requestId, reason } = checks.command(request);
  checks.text('reason', reason, REASON);
  const organizationId = organizationOf(caller);
  const { terms, book } = termsIn(request.terms, organizationId, checks);
  const { actor, command } = metadataOf({
    ...{ caller, organizationId, requestId, reason, command: 'RerateUsage' },
  });
  const id = ids.derive('rrt', organizationId, requestId) as ReratingId;
  return new RerateUsageCommand({ id, terms, asked: { actor, reason, requestId, command } }, book);
};

export const fromProtoPreviewRerating = (
  request: meteringV1.PreviewReratingRequest,
  caller: Caller,
): PreviewReratingQuery => {
  const { terms, book } = termsIn(request.terms, organizationOf(caller), new RequestChecks());
  return new PreviewReratingQuery(terms, book);
};

export const fromProtoGetRerating = (
  request: meteringV1.GetReratingRequest,
  caller: Caller,
): GetReratingQuery => {
  const checks = new RequestChecks();
  const id = checks.parse('rerating_id', 'must be the id of a rerating', () =>
    reratingId(request.reratingId),
  );
  checks.done();
  // It is used only after `done`, which throws where there was a fault.
  return new GetReratingQuery(organizationOf(caller), id as ReratingId);
};

/** Throws where anything was wrong until now. */
const termsIn = (
  terms: meteringV1.RerateTerms | undefined,
  organizationId: OrganizationId,
  checks: RequestChecks,
): { readonly terms: RerateTerms; readonly book: PriceBookNamed | undefined } => {
  const narrowed = definedOf({
    workspaceId: optional('terms.workspace_id', terms?.workspaceId ?? '', workspaceId, checks),
    integrationId: optional('terms.integration_id', terms?.integrationId ?? '', integrationId, checks),
    model: optional('terms.model', terms?.model ?? '', text, checks),
  });
  const [from, to] = [required('terms.from', terms?.from, checks), required('terms.to', terms?.to, checks)];
  if (from > to) checks.fault('terms.to', 'must not be before from');
  const book = bookIn(terms?.priceBook, checks);
  checks.done();
  return { terms: { organizationId, ...narrowed, from, to }, book };
};

const required = (field: string, at: Date | undefined, checks: RequestChecks): Date => {
  if (!at) checks.fault(field, 'is required');
  else if (!isSayableInstant(at)) checks.fault(field, 'must be a time that can be said');
  return at ?? new Date(0);
};

const bookIn = (
  book: meteringV1.RerateTerms['priceBook'],
  checks: RequestChecks,
): PriceBookNamed | undefined => {
  switch (book?.$case) {
    case 'version':
      if (book.value < 1n) checks.fault('terms.version', 'must be at least 1');
      return { version: book.value };
    case 'at':
      return { at: required('terms.at', book.value, checks) };
    case undefined:
      return undefined;
  }
};

export const toProtoReratingPreview = ({
  priceBookVersion,
  tally,
  limits,
  lookedFrom,
  needsApproval,
}: ReratingPreview): meteringV1.PreviewReratingResponse => ({
  ...{ priceBookVersion, lookedFrom, needsApproval },
  tally: toProtoRerateTally(tally),
  limits: toProtoLimitsMoved(limits.slice(0, LIMITS_MAX)),
  limitsMoved: limits.length,
});

const STATUSES: Readonly<Record<Rerating['status'], meteringV1.ReratingStatus>> = {
  proposed: meteringV1.ReratingStatus.PROPOSED,
  running: meteringV1.ReratingStatus.RUNNING,
  done: meteringV1.ReratingStatus.DONE,
  failed: meteringV1.ReratingStatus.FAILED,
};

export const toProtoRerating = (rerating: Rerating): meteringV1.Rerating => ({
  id: rerating.id,
  terms: toProtoRerateTerms(rerating.terms, rerating.priceBookVersion),
  priceBookVersion: rerating.priceBookVersion,
  status: STATUSES[rerating.status],
  tally: toProtoRerateTally(rerating.tally),
  reason: rerating.asked.reason,
  askedAt: rerating.askedAt,
  endedAt: rerating.endedAt,
  failures: rerating.failures,
  retryAt: rerating.retryAt,
});
