import { type Caller, RequestChecks } from '@gatehouse/grpc';
import { organizationOf } from '@gatehouse/platform';
import { type registryV1, typeV1 } from '@gatehouse/proto-gen';
import type { ConnectionReport, LiveModels } from '../../app/connection/egress.ports';
import type { ConnectionSubject } from '../../app/connection/connection-targets';
import { ListLiveModelsQuery } from '../../app/connection/list-live-models.handler';
import { TestConnectionQuery } from '../../app/connection/test-connection.handler';
import { fromProtoDraftId } from './integration-conversion';
import { fromProtoIntegrationId } from './integration-target';

export const fromProtoTestConnectionRequest = (
  request: registryV1.TestConnectionRequest,
  caller: Caller,
): TestConnectionQuery => {
  const checks = new RequestChecks();
  const subject = fromProtoSubject(request, checks);
  checks.done();
  return new TestConnectionQuery(organizationOf(caller), subject);
};

export const fromProtoListLiveModelsRequest = (
  request: registryV1.ListLiveModelsRequest,
  caller: Caller,
): ListLiveModelsQuery => {
  const checks = new RequestChecks();
  const subject = fromProtoSubject(request, checks);
  checks.done();
  return new ListLiveModelsQuery(organizationOf(caller), subject);
};

/** An integration, or a draft. */
const fromProtoSubject = (
  request: { readonly integrationId: string; readonly draftId: string },
  checks: RequestChecks,
): ConnectionSubject => {
  if (request.draftId === '') {
    return { kind: 'integration', id: fromProtoIntegrationId(request.integrationId, checks) };
  }
  if (request.integrationId !== '') checks.fault('integration_id', 'must be empty beside a draft');
  return { kind: 'draft', id: fromProtoDraftId(request.draftId, checks) };
};

export const toProtoTestConnectionResponse = (
  report: ConnectionReport,
): registryV1.TestConnectionResponse => ({
  result: toProtoReport(report),
  explanation: explanationOf(report),
});

export const toProtoListLiveModelsResponse = ({
  report,
  modelNames,
}: LiveModels): registryV1.ListLiveModelsResponse => ({
  result: toProtoReport(report),
  explanation: explanationOf(report),
  modelNames: [...modelNames],
});

const outcomeOf = ({ outcome }: ConnectionReport): typeV1.ConnectionOutcome =>
  typeV1.ConnectionOutcome[outcome as keyof typeof typeV1.ConnectionOutcome] ??
  typeV1.ConnectionOutcome.UNSPECIFIED;

const toProtoReport = (report: ConnectionReport): typeV1.ConnectionResult => ({
  ...report,
  outcome: outcomeOf(report),
});

const explanationOf = (report: ConnectionReport): string => EXPLANATIONS[outcomeOf(report)];

const { ConnectionOutcome: Outcome } = typeV1;

/** For people. */
const EXPLANATIONS: Readonly<Record<typeV1.ConnectionOutcome, string>> = {
  [Outcome.UNSPECIFIED]: 'The gateway says something that the registry does not know yet.',
  [Outcome.WORKS]: 'It works.',
  [Outcome.ANSWERS_ANYBODY]:
    'The provider answers, also to somebody without the credential: whether that is right is not known.',
  [Outcome.CREDENTIAL_REJECTED]: 'The credential is not taken.',
  [Outcome.PERMISSION_MISSING]: 'The credential is known, and may not ask what was asked to try it.',
  [Outcome.NOT_FOUND]: 'There is a server, and not this provider: look at host and path.',
  [Outcome.RATE_LIMITED]: 'The provider asks to be left alone for a while.',
  [Outcome.PROVIDER_FAILED]: 'The provider has a fault of its own.',
  [Outcome.REDIRECTED]:
    'The server wants to be asked elsewhere. Nobody follows: name the host that it means.',
  [Outcome.HOST_REFUSED]: 'The host may not be called.',
  [Outcome.UNREACHABLE]: 'The host is not to be reached.',
  [Outcome.TIMEOUT]: 'The server did not answer in time.',
  [Outcome.TLS_FAILED]: 'The server’s certificate is not to be trusted, or it does not speak TLS.',
  [Outcome.ANSWER_NOT_UNDERSTOOD]: 'Something answered, and not as this provider does.',
  [Outcome.CREDENTIAL_MALFORMED]: 'The credential cannot be right.',
  [Outcome.CREDENTIAL_UNREADABLE]: 'The gateway cannot open the credential.',
  [Outcome.CREDENTIAL_MISDIRECTED]: 'The credential was given for other hosts, and was not sent.',
  [Outcome.IDENTITY_NOT_LENT]: 'The operator does not lend this identity to the organization.',
  [Outcome.IDENTITY_MISSING]: 'The gateway has no such identity.',
  [Outcome.ISSUER_UNAVAILABLE]: 'Who issues tokens for the provider is not to be had just now.',
  [Outcome.REFERENCE_UNRESOLVED]: 'What the credential refers to could not be fetched.',
  [Outcome.NOTHING_TO_ASK]: 'No endpoint of this provider is known that costs nothing.',
};
