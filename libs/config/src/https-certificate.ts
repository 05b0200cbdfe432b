import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

export interface HttpsConfig {
  readonly GATEHOUSE_HTTPS_CERT_FILE?: string | undefined;
  readonly GATEHOUSE_HTTPS_KEY_FILE?: string | undefined;
}

/** In PEM; the certificate with those that lead to its authority after it. */
interface Contents {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A server whose certificate can be changed while it listens. */
interface CertifiedServer {
  setSecureContext(contents: Contents): void;
}

const LOOK_EVERY_MS = 10_000;

/** The certificate that browsers and clients are shown over HTTPS, as it is on disk now: what renews it needs no restart. */
export class HttpsCertificate {
  private readonly servers = new Set<CertifiedServer>();
  private fault = '';

  private constructor(
    private readonly paths: { readonly certificate: string; readonly key: string },
    private readonly onFault: (error: Error) => void,
    private current: Contents,
    lookEveryMs: number,
  ) {
    setInterval(() => this.look(), lookEveryMs).unref();
  }

  /**
   * Undefined where the configuration names none. Errors: of files that cannot be used, which later, when they change, are told to `onFault`, once: the
   * certificate of before stays.
   */
  static in(
    config: HttpsConfig,
    onFault: (error: Error) => void,
    lookEveryMs = LOOK_EVERY_MS,
  ): HttpsCertificate | undefined {
    const { GATEHOUSE_HTTPS_CERT_FILE: certificate, GATEHOUSE_HTTPS_KEY_FILE: key } = config;
    if (certificate === undefined || key === undefined) return undefined;
    const paths = { certificate, key };
    return new HttpsCertificate(paths, onFault, readUsable(paths), lookEveryMs);
  }

  /** For making a server. */
  get contents(): Contents {
    return this.current;
  }

  /** New connections of a server are shown the newest from now on. */
  keepIn(server: CertifiedServer): void {
    this.servers.add(server);
  }

  private look(): void {
    try {
      const contents = readUsable(this.paths);
      this.fault = '';
      if (contents.cert.equals(this.current.cert) && contents.key.equals(this.current.key)) return;
      this.current = contents;
      for (const server of this.servers) server.setSecureContext(contents);
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.fault) this.onFault(error as Error);
      this.fault = message;
    }
  }
}

/** Throws unless they can be used together: a key of another certificate cannot. */
const readUsable = ({ certificate, key: keyPath }: { certificate: string; key: string }): Contents => {
  const cert = readFileSync(certificate);
  new X509Certificate(cert);
  if ((statSync(keyPath).mode & 0o007) !== 0) throw new Error(`${keyPath}: must not be open to everybody`);
  const key = readFileSync(keyPath);
  createSecureContext({ cert, key });
  return { cert, key };
};
