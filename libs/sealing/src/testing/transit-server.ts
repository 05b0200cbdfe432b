import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const TRANSIT_TOKEN = 'hvs.canary-of-the-transit-token';

interface TransitKey {
  readonly material: Buffer;
  deletionAllowed: boolean;
}

type Body = Readonly<Record<string, unknown>>;
type Reply = readonly [status: number, data?: Body];

const PATH = /^\/v1\/transit\/(keys|encrypt|decrypt)\/([\w.-]+)(\/config)?$/;

/** HashiCorp Vault's transit engine, as its HTTP API is documented, as far as aes256-gcm96 keys need it. */
export class TransitServer {
  readonly keys = new Map<string, TransitKey>();
  /** What it answers to everything, where it is set: as Vault does while it is sealed. */
  failWith: number | undefined;
  private readonly server: Server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const [status, data] = this.reply(request, sent === '' ? {} : (JSON.parse(sent) as Body));
    const body = status >= 400 ? { errors: ['refused'] } : { data };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 204 ? undefined : JSON.stringify(body));
  }

  private reply({ method = '', url = '', headers }: IncomingMessage, body: Body): Reply {
    if (this.failWith !== undefined) return [this.failWith];
    if (headers['x-vault-token'] !== TRANSIT_TOKEN || headers['x-vault-request'] !== 'true') return [403];
    const [, area, name = '', config] = PATH.exec(url) ?? [];
    if (area === undefined) return [404];
    if (area === 'keys') return this.manage(`${method}${config ?? ''}`, name, body);
    const key = this.keys.get(name);
    if (method !== 'POST' || key === undefined) return [400];
    return area === 'encrypt' ? encrypted(key, body) : decrypted(key, body);
  }

  private manage(what: string, name: string, body: Body): Reply {
    const key = this.keys.get(name);
    switch (what) {
      case 'POST':
        if (body['type'] !== 'aes256-gcm96' || body['exportable'] !== false) return [400];
        // A key that is there stays as it is.
        if (key === undefined) this.keys.set(name, { material: randomBytes(32), deletionAllowed: false });
        return [200, { name, type: 'aes256-gcm96' }];
      case 'GET':
        return key === undefined
          ? [404]
          : [200, { name, type: 'aes256-gcm96', latest_version: 1, deletion_allowed: key.deletionAllowed }];
      case 'POST/config':
        if (key === undefined) return [400];
        key.deletionAllowed = body['deletion_allowed'] === true;
        return [200, { name }];
      case 'DELETE':
        if (!key?.deletionAllowed) return [400];
        this.keys.delete(name);
        return [204];
      default:
        return [405];
    }
  }
}

const bytesOf = (value: unknown): Buffer => Buffer.from(String(value), 'base64');

const encrypted = ({ material }: TransitKey, body: Body): Reply => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', material, nonce);
  cipher.setAAD(bytesOf(body['associated_data']));
  const sealed = [nonce, cipher.update(bytesOf(body['plaintext'])), cipher.final(), cipher.getAuthTag()];
  return [200, { ciphertext: `vault:v1:${Buffer.concat(sealed).toString('base64')}`, key_version: 1 }];
};

const decrypted = ({ material }: TransitKey, body: Body): Reply => {
  const [, blob] = /^vault:v1:(.{40,})$/.exec(String(body['ciphertext'])) ?? [];
  if (blob === undefined) return [400];
  const bytes = Buffer.from(blob, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', material, bytes.subarray(0, 12));
    decipher.setAAD(bytesOf(body['associated_data']));
    decipher.setAuthTag(bytes.subarray(-16));
    const plaintext = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return [200, { plaintext: plaintext.toString('base64') }];
  } catch {
    return [400];
  }
};
