import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { experimental } from '@grpc/grpc-js';

/** Files in PEM. Certificate and key go together; a caller that shows no certificate has neither. */
export interface TlsPaths {
  /** Whoever it signed is believed, and nobody else. */
  readonly ca: string;
  readonly own?: { readonly certificate: string; readonly key: string };
}

export interface TlsFilesOptions {
  /** How often the files are looked at; a second by default. */
  readonly refreshMs?: number;
  /** Told of files that changed into something unusable: those of before stay in use. */
  readonly onFault?: (error: Error) => void;
}

interface Contents {
  readonly ca: Buffer;
  readonly own: experimental.IdentityCertificateUpdate | null;
}

/**
 * Certificates as they are on disk now, for servers and clients of gRPC. Files that change are read again, and taken once
 * they fit together, so that it does not matter in which order they are replaced. New connections use them.
 * The first reading happens here; errors: of the file system, and of unusable contents.
 */
export class TlsFiles implements experimental.CertificateProvider {
  private readonly caListeners = new Set<experimental.CaCertificateUpdateListener>();
  private readonly ownListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  private contents: Contents;
  private fault = '';

  constructor(
    private readonly paths: TlsPaths,
    private readonly options: TlsFilesOptions = {},
  ) {
    this.contents = readUsable(paths);
    setInterval(() => this.refresh(), options.refreshMs ?? 1_000).unref();
  }

  /** Whether there is a certificate to show. */
  get hasOwn(): boolean {
    return this.contents.own !== null;
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.caListeners.add(listener);
    // A moment later: the library takes no answer before it has finished asking.
    queueMicrotask(() => listener({ caCertificate: this.contents.ca }));
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.ownListeners.add(listener);
    queueMicrotask(() => listener(this.contents.own));
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.ownListeners.delete(listener);
  }

  private refresh(): void {
    try {
      const contents = readUsable(this.paths);
      this.fault = '';
      if (same(contents, this.contents)) return;
      this.contents = contents;
      for (const listener of this.caListeners) listener({ caCertificate: contents.ca });
      for (const listener of this.ownListeners) listener(contents.own);
    } catch (error) {
      // Said once, not every second.
      if ((error as Error).message !== this.fault) this.options.onFault?.(error as Error);
      this.fault = (error as Error).message;
    }
  }
}

/** Throws unless the contents can be used together: a key of another certificate cannot. */
const readUsable = ({ ca: caPath, own: ownPaths }: TlsPaths): Contents => {
  const ca = readFileSync(caPath);
  new X509Certificate(ca);
  if (!ownPaths) return { ca, own: null };
  if ((statSync(ownPaths.key).mode & 0o077) !== 0) throw new Error(`${ownPaths.key}: must have mode 0600`);
  const own = { certificate: readFileSync(ownPaths.certificate), privateKey: readFileSync(ownPaths.key) };
  createSecureContext({ ca, cert: own.certificate, key: own.privateKey });
  return { ca, own };
};

const same = (one: Contents, other: Contents): boolean =>
  one.ca.equals(other.ca) &&
  (one.own?.certificate ?? EMPTY).equals(other.own?.certificate ?? EMPTY) &&
  (one.own?.privateKey ?? EMPTY).equals(other.own?.privateKey ?? EMPTY);

const EMPTY = Buffer.alloc(0);
