import { type EventMetadata, type Revision, revision } from '@gatehouse/event-store';
import type { Caller, RequestChecks } from '@gatehouse/grpc';
import { type IntegrationId, integrationId } from '@gatehouse/kernel';
import { metadataOf, organizationOf } from '@gatehouse/platform';

export const fromProtoIntegrationId = (raw: string, checks: RequestChecks): IntegrationId =>
  checks.parse('integration_id', 'must be the id of an integration', () =>
    integrationId(raw),
  ) as IntegrationId;

/** Of a command on an integration, or of one that makes it. */
export const commandMetadata = (
  request: { readonly requestId: string; readonly reason: string },
  caller: Caller,
  command: string,
  checks: RequestChecks,
): EventMetadata =>
  metadataOf({ caller, organizationId: organizationOf(caller), command, ...checks.command(request) });

/** Which integration, and at which revision. */
export const fromProtoTarget = (
  request: { readonly integrationId: string; readonly expectedRevision?: bigint | undefined },
  checks: RequestChecks,
): { integrationId: IntegrationId; expectedRevision: Revision | undefined } => {
  const { expectedRevision } = request;
  if (expectedRevision !== undefined && expectedRevision < 0n) {
    checks.fault('expected_revision', 'must not be negative');
  }
  return {
    integrationId: fromProtoIntegrationId(request.integrationId, checks),
    expectedRevision: expectedRevision === undefined ? undefined : revision(expectedRevision),
  };
};
