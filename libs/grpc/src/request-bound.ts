import { BinaryReader } from '@bufbuild/protobuf/wire';
import { AppError } from '@gatehouse/kernel';

/** How large a request may be. */
export interface RequestBound {
  /** On the wire. */
  readonly bytesMax: number;
  /** Over all levels of the message: messages, texts and enums, empty ones too; of plain numbers two count as one. */
  readonly fieldsMax: number;
}

const KIBIBYTE = 1024;

/** What no request of any RPC may exceed: the transport refuses it before it has arrived. */
export const REQUEST_BYTES_MAX = 1_024 * KIBIBYTE;

/** Enough for ids, texts, and the limits of a scope. */
export const SMALL_REQUEST: RequestBound = { bytesMax: 64 * KIBIBYTE, fieldsMax: 1_024 };

/** For an RPC that needs more than `SMALL_REQUEST`: declares what. */
export const largerRequest = (bound: {
  readonly kibibytes: number;
  readonly fieldsMax: number;
}): RequestBound => {
  const bytesMax = bound.kibibytes * KIBIBYTE;
  if (bytesMax > REQUEST_BYTES_MAX) throw new Error(`requests end at ${REQUEST_BYTES_MAX} bytes`);
  return { bytesMax, fieldsMax: bound.fieldsMax };
};

/**
 * Reads a request within its bound. EXHAUSTED `REQUEST_TOO_LARGE` before a byte of it is looked at; INVALID
 * `REQUEST_TOO_MANY_ELEMENTS` as soon as its decoder asks for one field too many, so that no more objects are ever built
 * than a request may have.
 */
export const boundedReader = (bytes: Buffer, { bytesMax, fieldsMax }: RequestBound): BinaryReader => {
  if (bytes.length > bytesMax) {
    throw new AppError('EXHAUSTED', 'REQUEST_TOO_LARGE', { metadata: { bytes_max: String(bytesMax) } });
  }
  return new CountingReader(bytes, fieldsMax * READS_PER_FIELD);
};

/** Of a message or a text: the tag and the length. */
const READS_PER_FIELD = 2;

/** Every field of every level costs the decoder a read of its tag, of its length if it has one, or of its packed value. */
class CountingReader extends BinaryReader {
  constructor(bytes: Buffer, readsMax: number) {
    super(bytes);
    let reads = 0;
    const { uint32 } = this;
    this.uint32 = () => {
      if (++reads > readsMax) throw new AppError('INVALID', 'REQUEST_TOO_MANY_ELEMENTS');
      return uint32.call(this);
    };
  }
}
