import { BinaryReader } from '@bufbuild/protobuf/wire';
import { AppError } from '@gatehouse/kernel';
import type { ServiceDefinition } from './grpc-service.decorator';

/** Stands for a request that is not decoded: the reason why. */
const REFUSAL = Symbol('refused request');

/** Most fields that a request may have, each element of a repeated one counted. */
const FIELDS_MAX = 4_096;

/**
 * The same definitions, whose requests never fail to decode: grpc-js would answer INTERNAL, as if the fault were ours.
 * The guard refuses what stands in for the message.
 */
export const markingMalformed = (
  services: Readonly<Record<string, ServiceDefinition>>,
): Record<string, ServiceDefinition> =>
  Object.fromEntries(Object.entries(services).map(([name, rpcs]) => [name, tolerant(rpcs)]));

/** Why a request was not decoded; undefined for one that was. */
export const refusalOf = (request: unknown): string | undefined =>
  typeof request === 'object' && request !== null && REFUSAL in request
    ? String(request[REFUSAL])
    : undefined;

/** Counts the elements on the wire, before an object is built for any of them. */
const checkFields = (bytes: Buffer): void => {
  const reader = new BinaryReader(bytes);
  for (let fields = 0; reader.pos < reader.len; fields++) {
    if (fields === FIELDS_MAX) throw new AppError('INVALID', 'REQUEST_TOO_MANY_ELEMENTS');
    const [field, wireType] = reader.tag();
    reader.skip(wireType, field);
  }
};

interface Rpc {
  readonly requestDeserialize: (bytes: Buffer) => unknown;
}

const tolerant = (rpcs: ServiceDefinition): ServiceDefinition =>
  Object.fromEntries(
    Object.entries(rpcs).map(([name, rpc]) => {
      const { requestDeserialize } = rpc as unknown as Rpc;
      const decode = (bytes: Buffer): unknown => {
        try {
          checkFields(bytes);
          return requestDeserialize(bytes);
        } catch (error) {
          return { [REFUSAL]: error instanceof AppError ? error.reason : 'REQUEST_MALFORMED' };
        }
      };
      return [name, { ...rpc, requestDeserialize: decode }];
    }),
  );
