import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type {
  handleBidiStreamingCall,
  Server,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';

const load = createRequire(__filename);
const VERSIONS = ['v1', 'v1alpha'] as const;

interface Method {
  readonly definition: ServiceDefinition[string];
  readonly handler: handleBidiStreamingCall<unknown, unknown>;
}

/**
 * Shows every proto of the product to foreign clients, in both versions of the reflection protocol. It is put together
 * when one of them first asks: for most processes nobody does, and it would take a fifth of their start.
 */
export const addReflection = (server: Pick<Server, 'addService'>): void => {
  let methods: ReadonlyMap<string, Method> | undefined;
  const methodAt = (path: string): Method => {
    methods ??= reflectionMethods();
    const method = methods.get(path);
    if (!method) throw new Error(`the reflection library has no ${path}`);
    return method;
  };
  for (const version of VERSIONS) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const definition: ServiceDefinition[string] = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (message: unknown) => methodAt(path).definition.requestSerialize(message),
      requestDeserialize: (bytes) => methodAt(path).definition.requestDeserialize(bytes) as unknown,
      responseSerialize: (message: unknown) => methodAt(path).definition.responseSerialize(message),
      responseDeserialize: (bytes) => methodAt(path).definition.responseDeserialize(bytes) as unknown,
    };
    const handler: Method['handler'] = (call) => methodAt(path).handler(call);
    server.addService({ ServerReflectionInfo: definition }, { ServerReflectionInfo: handler });
  }
};

/** What the library would add to a server, by path. `npm run generate` writes the descriptors. */
const reflectionMethods = (): ReadonlyMap<string, Method> => {
  const { loadFileDescriptorSetFromBuffer } = load(
    '@grpc/proto-loader',
  ) as typeof import('@grpc/proto-loader');
  const { ReflectionService } = load('@grpc/reflection') as typeof import('@grpc/reflection');
  const file = join(load.resolve('@gatehouse/proto-gen/package.json'), '..', 'descriptors.binpb');
  const methods = new Map<string, Method>();
  const addService = (service: ServiceDefinition, implementation: UntypedServiceImplementation): void => {
    for (const [name, definition] of Object.entries(service)) {
      methods.set(definition.path, { definition, handler: implementation[name] as Method['handler'] });
    }
  };
  new ReflectionService(loadFileDescriptorSetFromBuffer(readFileSync(file))).addToServer({
    addService,
  } as Server);
  return methods;
};
