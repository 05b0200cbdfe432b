import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { AppError } from '@gatehouse/kernel';
import { requestBoundAt, type ServiceDefinition } from './grpc-service.decorator';
import { boundedReader } from './request-bound';

/** Stands for a request that is not decoded: the reason why. */
const REFUSAL = Symbol('refused request');

/**
 * The same definitions, whose requests never fail to decode: grpc-js would answer INTERNAL, as if the fault were ours.
 * The guard refuses what stands in for the message. Throws for an RPC that declares no bound.
 */
export const markingMalformed = (
  services: Readonly<Record<string, ServiceDefinition>>,
): Record<string, ServiceDefinition> =>
  Object.fromEntries(Object.entries(services).map(([name, rpcs]) => [name, tolerant(rpcs)]));

/** Why a request was not decoded; undefined for one that was. */
export const refusalOf = (request: unknown): AppError | undefined =>
  typeof request === 'object' && request !== null && REFUSAL in request
    ? (request[REFUSAL] as AppError)
    : undefined;

interface Rpc {
  /** ts-proto's decoders take a reader as well as bytes. */
  readonly requestDeserialize: (reader: BinaryReader) => unknown;
}

const tolerant = (rpcs: ServiceDefinition): ServiceDefinition =>
  Object.fromEntries(
    Object.entries(rpcs).map(([name, rpc]) => {
      const { requestDeserialize } = rpc as unknown as Rpc;
      const bound = requestBoundAt(rpc.path);
      const decode = (bytes: Buffer): unknown => {
        try {
          return requestDeserialize(boundedReader(bytes, bound));
        } catch (error) {
          return {
            [REFUSAL]: error instanceof AppError ? error : new AppError('INVALID', 'REQUEST_MALFORMED'),
          };
        }
      };
      return [name, { ...rpc, requestDeserialize: decode }];
    }),
  );
