import { AppError } from '@gatehouse/kernel';
import { type gatewayV1, typeV1 } from '@gatehouse/proto-gen';
import type { ConnectionTarget } from '../../app/connection/egress.ports';
import { GrpcEgress } from './grpc-egress';

const target: ConnectionTarget = {
  sealed: {
    organizationId: 'org_a',
    integrationId: 'int_a',
    credentialVersion: 3,
    fields: ['api_key'],
    origins: ['https://api.openai.com:443'],
    format: 2,
    keyId: 'k',
    keyCustody: Buffer.from('c'),
    encapsulatedKey: Buffer.alloc(32, 1),
    wrappedDataKey: Buffer.alloc(48, 2),
    nonce: Buffer.alloc(12, 3),
    ciphertext: Buffer.alloc(20, 4),
  },
  use: { kind: 'api-key', auth: 'x-api-key', fields: { region: 'r' }, audience: '', externalId: '' },
  baseUrl: 'https://api.openai.com/v1',
  probe: { path: '/models', shape: 'data-ids' },
};
const lines: unknown[] = [];
const log = { warn: (...line: unknown[]) => void lines.push(line) };
const close = (() => undefined) as never;

it('sends what the gateway needs, and nothing is lost on the way back', async () => {
  const asked: gatewayV1.TestConnectionRequest[] = [];
  const result = {
    outcome: typeV1.ConnectionOutcome.HOST_REFUSED,
    httpStatus: 0,
    detail: 'private',
    durationMs: 7,
  };
  const egress = new GrpcEgress(
    {
      testConnection: async (request) => (asked.push(request), { result }),
      listModels: async () => ({ result, modelNames: ['a'] }),
      close,
    },
    log,
  );
  const report = { outcome: 'HOST_REFUSED', httpStatus: 0, detail: 'private', durationMs: 7 };
  expect(await egress.test(target)).toEqual(report);
  expect(await egress.listModels(target)).toEqual({ report, modelNames: ['a'] });
  expect(asked[0]?.target).toMatchObject({
    sealed: target.sealed,
    use: { kind: typeV1.CredentialKind.API_KEY, auth: typeV1.AuthScheme.X_API_KEY },
    probe: { path: '/models', shape: typeV1.AnswerShape.DATA_IDS },
  });
});

it('says plainly that no gateway can be asked, whatever became of the call', async () => {
  const fail = (error: Error) => async () => Promise.reject(error);
  const egressOf = (error: Error) =>
    new GrpcEgress({ testConnection: fail(error), listModels: fail(error), close }, log);
  const down = new AppError('UNAVAILABLE', 'UNAVAILABLE', { metadata: { address: '10.0.0.1' } });
  await expect(egressOf(down).test(target)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    reason: 'EGRESS_UNAVAILABLE',
    metadata: {},
  });
  expect(lines).toHaveLength(1);
  const ours = new AppError('INVALID', 'REQUEST_INVALID');
  await expect(egressOf(ours).listModels(target)).rejects.toBe(ours);
});
