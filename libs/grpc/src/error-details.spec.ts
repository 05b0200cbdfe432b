import { AppError } from '@gatehouse/kernel';
import { status, type ServiceError } from '@grpc/grpc-js';
import { fromGrpcError, toGrpcError } from './error-details';

describe('errors on the wire', () => {
  it('carry code, reason, metadata and field violations there and back', () => {
    const error = new AppError('INVALID', 'REQUEST_INVALID', {
      metadata: { limit: 'lim_1', note: 'größer' },
      violations: [{ field: 'limits[0].budget', description: 'must have an amount' }],
    });
    const back = fromGrpcError(toGrpcError(error) as unknown as ServiceError);
    expect(back).toMatchObject({
      code: 'INVALID',
      reason: 'REQUEST_INVALID',
      metadata: error.metadata,
      violations: error.violations,
    });
  });

  it('are UNAVAILABLE when the peer never answered', () => {
    const error = { code: status.DEADLINE_EXCEEDED } as ServiceError;
    expect(fromGrpcError(error)).toMatchObject({ code: 'UNAVAILABLE', reason: 'PEER_UNAVAILABLE' });
  });
});
