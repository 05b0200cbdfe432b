import { type HostGuard, HostRefused } from '@gatehouse/hosts';
import { Probes, type ProbeTarget } from '../../app/egress.ports';
import { ConnectionFailed, type ConnectionOutcome } from '../../domain/connection/connection-result';
import type { ProbeAnswer } from '../../domain/connection/judge-answer';

export interface UndiciProbesOptions {
  /** Judges base URLs, and every address before it is dialled. */
  readonly hosts: HostGuard;
  /** Milliseconds until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Milliseconds for one probe in all. */
  readonly timeoutMs: number;
  /** The largest answer that is read, in bytes. */
  readonly answerBytesMax: number;
}

/** Each over a connection of its own, guarded as those of calls are, and apart from them. Redirects are answers. */
export class UndiciProbes extends Probes {
  constructor(private readonly options: UndiciProbesOptions) {
    super();
  }

  async get(
    { baseUrl, path }: Pick<ProbeTarget, 'baseUrl' | 'path'>,
    headers: Readonly<Record<string, string>>,
  ): Promise<ProbeAnswer> {
    const { hosts, connectTimeoutMs, timeoutMs, answerBytesMax } = this.options;
    const parsed = hosts.parse(baseUrl);
    if (!parsed.ok) throw new ConnectionFailed('host-refused', parsed.refusal);
    const { origin, pathname } = parsed.url;
    // Loaded when it is first needed: most gateways try no credential.
    const { Client } = await import('undici');
    const client = new Client(origin, {
      pipelining: 1,
      maxResponseSize: answerBytesMax,
      connect: { timeout: connectTimeoutMs, lookup: hosts.lookupFor(parsed.url) },
    });
    try {
      const answer = await client.request({
        method: 'GET',
        path: pathname.replace(/\/+$/, '') + path,
        headers: { ...COMMON_HEADERS, ...headers },
        signal: AbortSignal.timeout(timeoutMs),
      });
      return {
        status: answer.statusCode,
        headers: flat(answer.headers),
        body: Buffer.from(await answer.body.arrayBuffer()),
      };
    } catch (error) {
      throw failureOf(error as Error & { code?: string });
    } finally {
      await client.destroy();
    }
  }
}

/** What is not compressed is as large as it says. */
const COMMON_HEADERS = {
  accept: 'application/json',
  'accept-encoding': 'identity',
  'user-agent': 'gatehouse',
};

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): ProbeAnswer['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value[0] : value,
    ]),
  );

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
/** Node's and OpenSSL's words for certificates that are not believed. */
const TLS_CODE =
  /CERT|^CRL_|^ERR_TLS_|^ERR_SSL_|^EPROTO$|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;
const NOT_UNDERSTOOD_CODE = /^UND_ERR_RES_EXCEEDED_MAX_SIZE$|^UND_ERR_HEADERS_OVERFLOW$/;

/** What was thrown is not kept: it may quote what was sent. */
const failureOf = (error: Error & { code?: string }): ConnectionFailed => {
  if (error instanceof HostRefused) return new ConnectionFailed('host-refused', error.refusal);
  return new ConnectionFailed(outcomeOf(error.name, error.code ?? ''));
};

const outcomeOf = (name: string, code: string): ConnectionOutcome => {
  if (name === 'TimeoutError' || TIMEOUT_CODES.has(code)) return 'timeout';
  if (name === 'HTTPParserError' || NOT_UNDERSTOOD_CODE.test(code)) return 'answer-not-understood';
  return TLS_CODE.test(code) ? 'tls-failed' : 'unreachable';
};
