import { createHmac } from 'node:crypto';
import { subkey } from '@gatehouse/kernel';
import type { RpcFacts } from './grpc-service.decorator';

/** A request as ts-proto decodes it. */
type Message = Readonly<Record<string, unknown>>;

/**
 * Tells whether two requests ask for the same, without keeping what they ask: an HMAC over the RPC's path and the
 * request but its id. Fields declared `SecretFields` enter as fingerprints under a key of their own. Without the
 * installation's secret nothing that is stored lets a guess at a request or its credential be tried.
 */
export class CommandDigest {
  private readonly requestKey: Uint8Array;
  private readonly secretKey: Uint8Array;

  /** @param installationSecret 32 bytes. */
  constructor(installationSecret: Uint8Array) {
    this.requestKey = subkey(installationSecret, 'gatehouse command digest');
    this.secretKey = subkey(installationSecret, 'gatehouse command secret fields');
  }

  /** 32 bytes, the same for the same content. */
  of({ path, serialize, secretFields }: RpcFacts, request: Message): Buffer {
    const asked = Object.fromEntries(
      Object.entries(request).map(([field, value]) => [
        field,
        secretFields.includes(field) ? this.fingerprinted(value) : inOrder(value),
      ]),
    );
    return createHmac('sha256', this.requestKey)
      .update(`${path}\n`)
      .update(serialize({ ...asked, requestId: '' }))
      .digest();
  }

  /** Every text within, replaced; a map keeps its keys, which name what kind of credential it is. */
  private fingerprinted(value: unknown): unknown {
    if (typeof value === 'string') return createHmac('sha256', this.secretKey).update(value).digest('hex');
    if (!isPlain(value)) throw new Error('only texts and maps of texts can be secret fields');
    return mapInOrder(value, (entry) => this.fingerprinted(entry));
  }
}

const isPlain = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The order of a map's entries on the wire says nothing. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  return isPlain(value) ? mapInOrder(value, inOrder) : value;
};

const mapInOrder = (message: Message, change: (value: unknown) => unknown): Message =>
  Object.fromEntries(
    Object.entries(message)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, change(value)]),
  );
