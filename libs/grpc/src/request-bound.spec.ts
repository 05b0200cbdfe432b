import { meteringV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { boundedReader, largerRequest, REQUEST_BYTES_MAX } from './request-bound';

const budget: typeV1.Limit = {
  id: '',
  kind: {
    $case: 'budget',
    value: {
      amount: { $case: 'nanoUsd', value: 1n },
      reset: { period: typeV1.ResetPeriod.MONTHLY, everyDays: 0 },
      strict: false,
    },
  },
};
/** The limit, its budget, the reset rule and its period, and the amount, a plain number. */
const FIELDS_OF_A_BUDGET = 4.5;

const decodeLimits = (count: number, fieldsMax: number): provisioningV1.CreateWorkspaceRequest => {
  const limits = Array.from({ length: count }, () => budget);
  const bytes = provisioningV1.CreateWorkspaceRequest.encode(
    provisioningV1.CreateWorkspaceRequest.fromPartial({ limits }),
  ).finish();
  return provisioningV1.CreateWorkspaceRequest.decode(
    boundedReader(Buffer.from(bytes), { bytesMax: bytes.length, fieldsMax }),
  );
};

const tooMany = expect.objectContaining({ code: 'INVALID', reason: 'REQUEST_TOO_MANY_ELEMENTS' }) as unknown;

describe('the bound of a request', () => {
  it('counts the fields of every level', () => {
    expect(decodeLimits(20, 20 * FIELDS_OF_A_BUDGET).limits).toHaveLength(20);
    expect(() => decodeLimits(20, 20 * FIELDS_OF_A_BUDGET - 1)).toThrow(tooMany as Error);
  });

  it('builds no more elements than fields are allowed', () => {
    const decode = jest.spyOn(typeV1.Limit, 'decode');
    // 100,000 empty limits: field 4, of length 0.
    const bytes = Buffer.alloc(200_000, Buffer.from([0x22, 0x00]));
    const reader = boundedReader(bytes, { bytesMax: bytes.length, fieldsMax: 100 });
    expect(() => provisioningV1.CreateWorkspaceRequest.decode(reader)).toThrow(tooMany as Error);
    expect(decode).toHaveBeenCalledTimes(100);
    decode.mockRestore();
  });

  it('counts packed elements', () => {
    const bytes = Buffer.from(
      meteringV1.GetUsageRequest.encode(
        meteringV1.GetUsageRequest.fromPartial({ groupBy: Array.from({ length: 1_000 }, () => 1) }),
      ).finish(),
    );
    const decode = (fieldsMax: number) =>
      meteringV1.GetUsageRequest.decode(boundedReader(bytes, { bytesMax: bytes.length, fieldsMax }));
    expect(decode(501).groupBy).toHaveLength(1_000);
    expect(() => decode(500)).toThrow(tooMany as Error);
  });

  it('cannot be declared beyond what the transport takes', () => {
    const kibibytes = REQUEST_BYTES_MAX / 1_024;
    expect(largerRequest({ kibibytes, fieldsMax: 1 }).bytesMax).toBe(REQUEST_BYTES_MAX);
    expect(() => largerRequest({ kibibytes: kibibytes + 1, fieldsMax: 1 })).toThrow('requests end at');
  });
});
