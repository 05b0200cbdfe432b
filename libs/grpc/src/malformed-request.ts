import type { ServiceDefinition } from './grpc-service.decorator';

/** Stands for a request whose bytes are no message of its type. */
const MALFORMED = Symbol('malformed request');

/**
 * The same definitions, whose requests never fail to decode: grpc-js would answer INTERNAL, as if the fault were ours.
 * The guard refuses what stands in for the message.
 */
export const markingMalformed = (
  services: Readonly<Record<string, ServiceDefinition>>,
): Record<string, ServiceDefinition> =>
  Object.fromEntries(Object.entries(services).map(([name, rpcs]) => [name, tolerant(rpcs)]));

export const isMalformed = (request: unknown): boolean =>
  typeof request === 'object' && request !== null && MALFORMED in request;

interface Rpc {
  readonly requestDeserialize: (bytes: Buffer) => unknown;
}

const tolerant = (rpcs: ServiceDefinition): ServiceDefinition =>
  Object.fromEntries(
    Object.entries(rpcs).map(([name, rpc]) => {
      const { requestDeserialize } = rpc as unknown as Rpc;
      const decode = (bytes: Buffer): unknown => {
        try {
          return requestDeserialize(bytes);
        } catch {
          return { [MALFORMED]: true };
        }
      };
      return [name, { ...rpc, requestDeserialize: decode }];
    }),
  );
