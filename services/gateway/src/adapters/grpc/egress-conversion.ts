import { RequestChecks } from '@gatehouse/grpc';
import { gatewayV1, typeV1 } from '@gatehouse/proto-gen';
import type { Tried } from '../../app/egress';
import type { ProbeTarget } from '../../app/egress.ports';
import type { ConnectionOutcome } from '../../domain/connection/connection-result';
import type { AnswerShape } from '../../domain/connection/judge-answer';
import { fromProtoCredentialUse } from '../vault/credential-use-messages';

/** A path and a query as they are sent. */
const PATH = /^\/[\x21-\x7e]{0,2047}$/;

/** The registry asks: what is wrong with its request is a fault of ours, and still no reason to send anything. */
export const fromProtoTarget = (target: gatewayV1.Target | undefined): ProbeTarget => {
  const checks = new RequestChecks();
  const { sealed, use, probe, baseUrl = '' } = target ?? {};
  const known = use && fromProtoCredentialUse(use);
  const shape = SHAPES.get(probe?.shape ?? typeV1.AnswerShape.UNSPECIFIED);
  if (sealed === undefined) checks.fault('target.sealed', 'is required');
  if (known === undefined) checks.fault('target.use.kind', 'must be a known kind');
  if (shape === undefined) checks.fault('target.probe.shape', 'must be a known shape');
  if (!PATH.test(probe?.path ?? '')) checks.fault('target.probe.path', 'must be a path');
  if (!URL.canParse(baseUrl)) checks.fault('target.base_url', 'must be a URL');
  checks.done();
  return {
    sealed: sealed as NonNullable<typeof sealed>,
    use: known as NonNullable<typeof known>,
    baseUrl,
    path: probe?.path ?? '',
    shape: shape as AnswerShape,
    headers: probe?.headers ?? {},
  };
};

export const toProtoResult = ({ result }: Tried, durationMs: number): typeV1.ConnectionResult => ({
  outcome: OUTCOMES[result.outcome],
  httpStatus: result.httpStatus,
  detail: result.detail,
  durationMs: Math.round(durationMs),
});

const { AnswerShape: Shape, ConnectionOutcome: Outcome } = typeV1;

const SHAPES: ReadonlyMap<typeV1.AnswerShape, AnswerShape> = new Map([
  [Shape.OBJECT, 'object'],
  [Shape.DATA_IDS, 'data-ids'],
  [Shape.MODEL_NAMES, 'model-names'],
]);

const OUTCOMES: Readonly<Record<ConnectionOutcome, typeV1.ConnectionOutcome>> = {
  works: Outcome.WORKS,
  'answers-anybody': Outcome.ANSWERS_ANYBODY,
  'credential-rejected': Outcome.CREDENTIAL_REJECTED,
  'permission-missing': Outcome.PERMISSION_MISSING,
  'not-found': Outcome.NOT_FOUND,
  'rate-limited': Outcome.RATE_LIMITED,
  'provider-failed': Outcome.PROVIDER_FAILED,
  redirected: Outcome.REDIRECTED,
  'host-refused': Outcome.HOST_REFUSED,
  unreachable: Outcome.UNREACHABLE,
  timeout: Outcome.TIMEOUT,
  'tls-failed': Outcome.TLS_FAILED,
  'answer-not-understood': Outcome.ANSWER_NOT_UNDERSTOOD,
  'credential-malformed': Outcome.CREDENTIAL_MALFORMED,
  'credential-unreadable': Outcome.CREDENTIAL_UNREADABLE,
  'credential-misdirected': Outcome.CREDENTIAL_MISDIRECTED,
  'identity-not-lent': Outcome.IDENTITY_NOT_LENT,
  'identity-missing': Outcome.IDENTITY_MISSING,
  'issuer-unavailable': Outcome.ISSUER_UNAVAILABLE,
  'reference-unresolved': Outcome.REFERENCE_UNRESOLVED,
};
