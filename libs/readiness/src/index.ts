export { isGrpcServing } from './is-grpc-serving';
export { isHttpOk } from './is-http-ok';
export { isListening } from './is-listening';
