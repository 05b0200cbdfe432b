import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { AppError, type FieldViolation } from '@gatehouse/kernel';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { errorCodeOf, GRPC_STATUS } from './status';

/** ErrorInfo.domain of every error of the product (AIP-193). */
export const ERROR_DOMAIN = 'gatehouse';
const DETAILS_KEY = 'grpc-status-details-bin';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

/** What grpc-js sends when a handler fails: the code, the message, and google.rpc.Status with its details. */
export const toGrpcError = (error: AppError): { code: status; details: string; metadata: Metadata } => {
  const code = GRPC_STATUS[error.code];
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, encodeStatus(code, error));
  return { code, details: error.message, metadata };
};

/** Our own bugs tell the caller nothing. */
export const internalGrpcError = (): { code: status; details: string } => ({
  code: status.INTERNAL,
  details: 'INTERNAL',
});

/** An error of a call, as the AppError that the server threw. Anything unknown is UNAVAILABLE `PEER_UNAVAILABLE`. */
export const fromGrpcError = (error: ServiceError): AppError => {
  const code = errorCodeOf(error.code);
  if (code === undefined) {
    return new AppError('UNAVAILABLE', 'PEER_FAILED', {
      cause: error,
      metadata: { code: String(error.code) },
    });
  }
  const raw = error.metadata?.get(DETAILS_KEY)[0];
  const details = raw instanceof Buffer ? decodeStatus(raw) : undefined;
  if (details?.reason === undefined) return new AppError(code, 'PEER_UNAVAILABLE', { cause: error });
  return new AppError(code, details.reason, {
    cause: error,
    metadata: details.metadata,
    violations: details.violations,
  });
};

const encodeStatus = (code: status, error: AppError): Buffer => {
  const writer = new BinaryWriter().uint32(8).int32(code).uint32(18).string(error.message);
  writer.uint32(26).bytes(encodeAny(ERROR_INFO, encodeErrorInfo(error)));
  if (error.violations.length > 0) {
    writer.uint32(26).bytes(encodeAny(BAD_REQUEST, encodeBadRequest(error.violations)));
  }
  return Buffer.from(writer.finish());
};

const encodeAny = (typeUrl: string, value: Uint8Array): Uint8Array =>
  new BinaryWriter().uint32(10).string(typeUrl).uint32(18).bytes(value).finish();

const encodeErrorInfo = ({ reason, metadata }: AppError): Uint8Array => {
  const writer = new BinaryWriter().uint32(10).string(reason).uint32(18).string(ERROR_DOMAIN);
  for (const [key, value] of Object.entries(metadata)) {
    writer.uint32(26).bytes(new BinaryWriter().uint32(10).string(key).uint32(18).string(value).finish());
  }
  return writer.finish();
};

const encodeBadRequest = (violations: readonly FieldViolation[]): Uint8Array => {
  const writer = new BinaryWriter();
  for (const { field, description } of violations) {
    writer
      .uint32(10)
      .bytes(new BinaryWriter().uint32(10).string(field).uint32(18).string(description).finish());
  }
  return writer.finish();
};

interface DecodedDetails {
  reason?: string;
  metadata: Record<string, string>;
  violations: FieldViolation[];
}

const decodeStatus = (bytes: Uint8Array): DecodedDetails => {
  const decoded: DecodedDetails = { metadata: {}, violations: [] };
  eachField(bytes, (number, reader) => {
    if (number !== 3) return false;
    const any = textAndBytes(reader.bytes());
    if (any.text === ERROR_INFO) decodeErrorInfo(any.bytes, decoded);
    if (any.text === BAD_REQUEST) decodeBadRequest(any.bytes, decoded);
    return true;
  });
  return decoded;
};

const decodeErrorInfo = (bytes: Uint8Array, into: DecodedDetails): void =>
  eachField(bytes, (number, reader) => {
    if (number === 1) into.reason = reader.string();
    else if (number === 3) {
      const entry = textAndBytes(reader.bytes());
      into.metadata[entry.text] = Buffer.from(entry.bytes).toString('utf8');
    } else return false;
    return true;
  });

const decodeBadRequest = (bytes: Uint8Array, into: DecodedDetails): void =>
  eachField(bytes, (number, reader) => {
    if (number !== 1) return false;
    const violation = textAndBytes(reader.bytes());
    into.violations.push({
      field: violation.text,
      description: Buffer.from(violation.bytes).toString('utf8'),
    });
    return true;
  });

/** A message of a string (1) and bytes or a string (2): Any, a map's entry, FieldViolation. */
const textAndBytes = (bytes: Uint8Array): { text: string; bytes: Uint8Array } => {
  const result: { text: string; bytes: Uint8Array } = { text: '', bytes: new Uint8Array() };
  eachField(bytes, (number, reader) => {
    if (number === 1) result.text = reader.string();
    else if (number === 2) result.bytes = reader.bytes();
    else return false;
    return true;
  });
  return result;
};

const eachField = (bytes: Uint8Array, read: (number: number, reader: BinaryReader) => boolean): void => {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (!read(number, reader)) reader.skip(wireType);
  }
};
