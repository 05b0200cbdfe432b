import { type Revision, revision } from '@gatehouse/event-store';
import { type Caller, type Cursors, fromProtoPage, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import type { Page } from '@gatehouse/kernel';
import { metadataOf, organizationOf } from '@gatehouse/platform';
import type { registryV1 } from '@gatehouse/proto-gen';
import { GetSecretReferenceQuery } from '../../app/secret-reference/get-secret-reference.handler';
import { ListSecretReferencesQuery } from '../../app/secret-reference/list-secret-references.handler';
import { RemoveSecretReferenceCommand } from '../../app/secret-reference/remove-secret-reference.handler';
import type { SecretReferenceView } from '../../app/secret-reference/secret-reference.ports';
import {
  type SecretReferenceAnswer,
  WriteSecretReferenceCommand,
} from '../../app/secret-reference/write-secret-reference.handler';
import type { SecretLocator } from '@gatehouse/kernel';
import { type Slug, slug } from '../../domain/slug/slug';
import { fromProtoLocator, toProtoLocator } from '../events/recorded-secret';

type CommandRequest = { readonly requestId: string; readonly reason: string };

export const fromProtoWriteSecretReferenceRequest = (
  request: registryV1.DefineSecretReferenceRequest | registryV1.ChangeSecretReferenceRequest,
  caller: Caller,
  type: WriteSecretReferenceCommand['type'],
): WriteSecretReferenceCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, type, checks);
  const named = fromProtoSlug('slug', request.slug, checks);
  const locator = fromProtoLocator(request.locator);
  if (locator === undefined) checks.fault('locator', 'must name a manager');
  const expectedRevision = fromProtoRevision('expectedRevision' in request ? request : {}, checks);
  checks.done();
  return new WriteSecretReferenceCommand(
    type,
    { slug: named, locator: locator as SecretLocator, expectedRevision },
    metadata,
  );
};

export const fromProtoRemoveSecretReferenceRequest = (
  request: registryV1.RemoveSecretReferenceRequest,
  caller: Caller,
): RemoveSecretReferenceCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'RemoveSecretReference', checks);
  const input = {
    slug: fromProtoSlug('slug', request.slug, checks),
    expectedRevision: fromProtoRevision(request, checks),
  };
  checks.done();
  return new RemoveSecretReferenceCommand(input, metadata);
};

export const fromProtoGetSecretReferenceRequest = (
  request: registryV1.GetSecretReferenceRequest,
  caller: Caller,
): GetSecretReferenceQuery => {
  const checks = new RequestChecks();
  const named = fromProtoSlug('slug', request.slug, checks);
  checks.done();
  return new GetSecretReferenceQuery(organizationOf(caller), named, request.atLeastPosition);
};

/** By slug, which is what a token says. */
const BY_SLUG: Cursors<string> = {
  print: (last) => [last],
  parse: ([last]) => last,
};
const PAGING = { max: 200, fallback: 50, cursors: BY_SLUG };

export const fromProtoListSecretReferencesRequest = (
  request: registryV1.ListSecretReferencesRequest,
  caller: Caller,
): ListSecretReferencesQuery =>
  new ListSecretReferencesQuery(
    organizationOf(caller),
    fromProtoPage(request, PAGING),
    request.atLeastPosition,
  );

export const toProtoSecretReferenceAnswer = ({
  reference,
  position,
}: SecretReferenceAnswer): { reference: registryV1.SecretReference; position: string } => ({
  reference: toProtoSecretReference(reference),
  position: String(position),
});

export const toProtoListSecretReferencesResponse = ({
  items,
  next,
}: Page<SecretReferenceView, string>): registryV1.ListSecretReferencesResponse => ({
  references: items.map(toProtoSecretReference),
  nextPageToken: toProtoPageToken(next, PAGING),
});

export const toProtoSecretReference = (view: SecretReferenceView): registryV1.SecretReference => ({
  slug: view.slug,
  locator: toProtoLocator(view.locator),
  revision: view.revision,
  createdAt: view.createdAt,
  integrationIds: [...view.integrationIds],
});

const commandMetadata = (request: CommandRequest, caller: Caller, command: string, checks: RequestChecks) =>
  metadataOf({ caller, organizationId: organizationOf(caller), command, ...checks.command(request) });

const fromProtoSlug = (field: string, raw: string, checks: RequestChecks): Slug =>
  checks.parse(field, 'must be 1 to 64 of a-z, A-Z, 0-9, _ and -', () => slug(raw)) as Slug;

const fromProtoRevision = (
  { expectedRevision }: { readonly expectedRevision?: bigint | undefined },
  checks: RequestChecks,
): Revision | undefined => {
  if (expectedRevision === undefined) return undefined;
  if (expectedRevision < 0n) checks.fault('expected_revision', 'must not be negative');
  return revision(expectedRevision);
};
