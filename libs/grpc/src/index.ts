export { Allowance } from './allowance';
export { AppErrorFilter } from './app-error.filter';
export { AuthGuard } from './auth.guard';
export { CommandDigest } from './command-digest';
export { Denials } from './denials';
export { ERROR_DOMAIN, fromGrpcError, internalGrpcError, toGrpcError } from './error-details';
export { ErrorLog } from './error-log';
export { grpcClient } from './grpc-client';
export type { CallSettings, GrpcClientOptions, Promised } from './grpc-client';
export { createGrpcApp } from './grpc-server';
export type { GrpcServerOptions } from './grpc-server';
export { demand } from './call-admission';
export {
  callerOf,
  GrpcService,
  requirementAt,
  Requires,
  rpcOf,
  SecretFields,
} from './grpc-service.decorator';
export type { GrpcController, Requirement, RpcFacts, ServiceDefinition } from './grpc-service.decorator';
export { fromProtoLimits, fromRecordedLimit, toProtoLimit } from './limit-conversion';
export { fromProtoOrderBy } from './order-by';
export type { Order } from './order-by';
export { cursorsOf, fromProtoPage, KEYED_PLACES, PLACES, toProtoPageToken } from './paging';
export type { Cursors, Paging, ProtoPage } from './paging';
export {
  AUTHORIZATION_KEY,
  Authenticator,
  demandScope,
  hasScope,
  identifiedPrincipal,
  keyOf,
  SERVICE_TOKEN_KEY,
} from './principal';
export type { Caller, IdTokenPrincipal, KeyPrincipal, Principal } from './principal';
export { largerRequest, SMALL_REQUEST } from './request-bound';
export type { RequestBound } from './request-bound';
export { isRequestId, RequestChecks } from './request-checks';
export { serverStream } from './server-stream';
export { clientCredentials, identityOf, identityUri } from './tls';
export type { ServerTls } from './tls';
export { TlsFiles } from './tls-files';
export type { TlsFilesOptions, TlsPaths } from './tls-files';
export { GRPC_STATUS, HTTP_STATUS } from './status';
