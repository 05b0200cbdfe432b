import type { Metadata, MethodDefinition, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import type { AccessScope } from '@gatehouse/kernel';
import { applyDecorators, Controller, SetMetadata } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import {
  type Caller,
  type IdentityPermission,
  isKeyPermission,
  type KeyPermission,
  type Permission,
  type Principal,
} from './principal';
import type { RequestBound } from './request-bound';

/** A service definition as ts-proto generates it with `outputServices=grpc-js`. */
export type ServiceDefinition = Readonly<
  Record<string, Pick<MethodDefinition<unknown, unknown>, 'path' | 'responseStream'> & Serializing>
>;

interface Serializing {
  requestSerialize(request: never): Buffer;
}

type Unary<Q, R> = {
  requestStream: false;
  responseStream: false;
  requestDeserialize(bytes: Buffer): Q;
  responseSerialize(value: R): Buffer;
};
type ServerStreaming<Q, R> = {
  requestStream: false;
  responseStream: true;
  requestDeserialize(bytes: Buffer): Q;
  responseSerialize(value: R): Buffer;
};

/** What a controller of a service has to implement: one method per RPC, under its lower-camel name. */
export type GrpcController<Definition> = {
  [Rpc in keyof Definition]: Definition[Rpc] extends Unary<infer Q, infer R>
    ? (request: Q, metadata: unknown, call: ServerUnaryCall<Q, R>) => Promise<R>
    : Definition[Rpc] extends ServerStreaming<infer Q, infer R>
      ? (request: Q, metadata: unknown, call: ServerWritableStream<Q, R>) => Observable<never>
      : never;
};

const REQUIREMENT = 'gatehouse:requirement';

/** Who may make a call, and how large its request may be. */
export interface Requirement {
  readonly permission: Permission;
  /** A key needs one of these; empty where no scope narrows the permission. */
  readonly scopes: readonly AccessScope[];
  readonly bound: RequestBound;
}

type Declared =
  | readonly [permission: IdentityPermission, bound: RequestBound]
  | readonly [permission: KeyPermission, scope: AccessScope | readonly AccessScope[], bound: RequestBound];

/**
 * The permission an RPC needs, the scope that a key needs for it, and the bound of its request; stands beside the RPC. No RPC
 * is served without. Of several scopes one will do to be let in: which, the RPC can tell from its request only.
 */
export const Requires = (...declared: Declared): MethodDecorator => SetMetadata(REQUIREMENT, declared);

const requirementOf = (name: string, handler: object): Requirement => {
  const declared = Reflect.getMetadata(REQUIREMENT, handler) as Declared | undefined;
  if (declared === undefined) throw new Error(`${name} declares no permission`);
  const [permission, ...rest] = declared;
  const bound = rest.at(-1) as RequestBound | undefined;
  if (bound === undefined) throw new Error(`${name} declares no bound of its request`);
  const scopes = rest.length === 2 ? [rest[0]].flat() : [];
  if (isKeyPermission(permission) && scopes.length === 0) throw new Error(`${name} declares no scope`);
  return { permission, scopes, bound };
};

const SECRET_FIELDS = 'gatehouse:secret-fields';
const RPC = 'gatehouse:rpc';

/** The fields of a command's request that nothing kept of it may let be guessed; stands beside the RPC. */
export const SecretFields = (...fields: readonly string[]): MethodDecorator =>
  SetMetadata(SECRET_FIELDS, fields);

/** What a controller's method serves. */
export interface RpcFacts {
  /** `/package.Service/Method` */
  readonly path: string;
  /** The bytes of a request on the wire. */
  serialize(request: object): Buffer;
  readonly secretFields: readonly string[];
}

/** Undefined for a method that serves no RPC of a `GrpcService`. */
export const rpcOf = (handler: object): RpcFacts | undefined =>
  Reflect.getMetadata(RPC, handler) as RpcFacts | undefined;

const rememberRpc = (handler: object, { path, requestSerialize }: ServiceDefinition[string]): void => {
  const secretFields = (Reflect.getMetadata(SECRET_FIELDS, handler) ?? []) as readonly string[];
  const serialize = (request: object): Buffer => requestSerialize(request as never);
  Reflect.defineMetadata(RPC, { path, serialize, secretFields } satisfies RpcFacts, handler);
};

const requirements = new Map<string, Requirement>();

/** What the RPC at a path needs, e.g. at `/gatehouse.audit.v1.EventService/ListEvents`. */
export const requirementAt = (path: string): Requirement | undefined => requirements.get(path);

/** The bound of the requests at a path. Throws for a path that no controller was bound to. */
export const requestBoundAt = (path: string): RequestBound => {
  const requirement = requirements.get(path);
  if (!requirement) throw new Error(`no controller serves ${path}`);
  return requirement.bound;
};

/**
 * Binds every RPC of a service definition to the method of the same name. A server-streaming RPC answers by
 * `serverStream`, since Nest's own streaming has no back-pressure to the source.
 */
export const GrpcService = (name: string, definition: ServiceDefinition): ClassDecorator =>
  applyDecorators(Controller(), ((target: abstract new (...args: never[]) => object) => {
    for (const [rpc, method] of Object.entries(definition)) {
      const descriptor = Object.getOwnPropertyDescriptor(target.prototype, rpc);
      if (!descriptor) throw new Error(`${target.name} misses ${name}.${rpc}`);
      requirements.set(method.path, requirementOf(`${target.name}.${rpc}`, descriptor.value as object));
      rememberRpc(descriptor.value as object, method);
      GrpcMethod(name, rpc)(target.prototype as object, rpc, descriptor);
    }
  }) as ClassDecorator);

const principals = new WeakMap<Metadata, Principal>();

/** Remembers who a call's metadata spoke for, until the guard has the call itself. */
export const rememberPrincipal = (metadata: Metadata, principal: Principal): void => {
  principals.set(metadata, principal);
};

export const principalOf = (metadata: Metadata): Principal | undefined => principals.get(metadata);

const callers = new WeakMap<object, Caller>();

/** Remembers who makes a call; the guard does this before the controller runs. */
export const rememberCaller = (call: object, caller: Caller): void => {
  callers.set(call, caller);
};

/** Who makes this call. */
export const callerOf = (call: object): Caller => {
  const caller = callers.get(call);
  if (!caller) throw new Error('the call was not authenticated');
  return caller;
};
