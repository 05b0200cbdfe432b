import { pbkdf2, randomBytes } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { AppError } from '@gatehouse/kernel';
import { type KafkaSettings, readTls } from './kafka-settings';

/** A user who proves to be itself by SCRAM-SHA-512. */
export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

/**
 * Makes users, or gives them these passwords; the passwords themselves do not leave this process. The client has no such
 * request, so this speaks it by itself, over a connection that is known by its certificate (`settings.tls.own`).
 * Errors: FORBIDDEN `KAFKA_USERS_REFUSED`, UNAVAILABLE `BUS_UNAVAILABLE`.
 */
export const ensureUsers = async (settings: KafkaSettings, users: readonly KafkaUser[]): Promise<void> => {
  const request = encodeRequest(await Promise.all(users.map(saltedOf)));
  let failure: unknown;
  for (const broker of settings.brokers) {
    const answer = await ask(settings, broker, request).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    if (!answer) continue;
    const refused = decodeAnswer(answer).find(({ code }) => code !== 0);
    if (!refused) return;
    throw new AppError('FORBIDDEN', 'KAFKA_USERS_REFUSED', {
      metadata: { user: refused.user, code: String(refused.code), message: refused.message },
    });
  }
  throw new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE', { cause: failure });
};

/** As brokers make them by default. */
const ITERATIONS = 8_192;
const SALT_BYTES = 32;
const SHA_512_BYTES = 64;

interface SaltedUser {
  readonly name: string;
  readonly salt: Buffer;
  readonly saltedPassword: Buffer;
}

const saltedOf = async ({ name, password }: KafkaUser): Promise<SaltedUser> => {
  const salt = randomBytes(SALT_BYTES);
  return {
    name,
    salt,
    saltedPassword: await promisify(pbkdf2)(password, salt, ITERATIONS, SHA_512_BYTES, 'sha512'),
  };
};

const WITHIN_MS = 10_000;
const LENGTH_BYTES = 4;
/** Of an answer to a dozen users. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Sends one request and answers what comes back, without its length. */
const ask = ({ tls }: KafkaSettings, broker: string, request: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (!tls?.own) throw new Error('users are made over a connection that shows a certificate');
    const at = broker.lastIndexOf(':');
    const host = broker.slice(0, at).replace(/^\[|\]$/g, '');
    const socket: TLSSocket = connect({ host, port: Number(broker.slice(at + 1)), ...readTls(tls) });
    let received = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(WITHIN_MS, () => fail(new Error(`${broker} did not answer`)));
    socket.once('error', fail);
    socket.once('close', () => reject(new Error(`${broker} closed the connection`)));
    socket.once('secureConnect', () => socket.write(request));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < LENGTH_BYTES ? 0 : received.readInt32BE();
      if (length > ANSWER_BYTES_MAX) return fail(new Error(`${broker} answered ${length} bytes`));
      if (length === 0 || received.length < LENGTH_BYTES + length) return;
      resolve(received.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      socket.destroy();
    });
  });

const ALTER_USER_SCRAM_CREDENTIALS = 51;
const VERSION = 0;
const SCRAM_SHA_512 = 2;
const NO_TAGS = Buffer.from([0]);

/** https://kafka.apache.org/protocol#The_Messages_AlterUserScramCredentials: version 0, with the second kind of header. */
const encodeRequest = (users: readonly SaltedUser[]): Buffer => {
  const body = Buffer.concat([
    int16(ALTER_USER_SCRAM_CREDENTIALS),
    int16(VERSION),
    int32(1), // which request this is
    ...[int16(CLIENT_ID.length), CLIENT_ID, NO_TAGS],
    compactLength(0), // nobody is removed
    compactLength(users.length),
    ...users.flatMap(({ name, salt, saltedPassword }) => [
      compactBytes(Buffer.from(name)),
      Buffer.from([SCRAM_SHA_512]),
      int32(ITERATIONS),
      ...[compactBytes(salt), compactBytes(saltedPassword), NO_TAGS],
    ]),
    NO_TAGS,
  ]);
  return Buffer.concat([int32(body.length), body]);
};

const CLIENT_ID = Buffer.from('gatehouse');

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** One more than the length, in groups of seven bits. */
const compactLength = (length: number): Buffer => {
  const bytes: number[] = [];
  let left = length + 1;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
};

const compactBytes = (bytes: Buffer): Buffer => Buffer.concat([compactLength(bytes.length), bytes]);

interface UserResult {
  readonly user: string;
  readonly code: number;
  readonly message: string;
}

const decodeAnswer = (bytes: Buffer): readonly UserResult[] => {
  let at = 0;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const varint = (): number => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = take(1).readUInt8();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
  };
  const text = (): string => take(Math.max(0, varint() - 1)).toString('utf8');
  const skipTags = (): void => {
    for (let left = varint(); left > 0; left--) {
      varint();
      take(varint());
    }
  };
  take(4); // which request it answers
  skipTags();
  take(4); // how long we are held back
  return Array.from({ length: varint() - 1 }, () => {
    const result = { user: text(), code: take(2).readInt16BE(), message: text() };
    skipTags();
    return result;
  });
};
