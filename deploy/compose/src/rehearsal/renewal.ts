import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ComposeFiles } from '../compose-files';
import { makeSecrets } from '../compose-secrets';
import type { Installation } from '../installation';
import { CA_FILE, CERTIFICATE_FILE } from '../tls-directory';

const PATIENCE_MS = 30_000;

/** Has the registry's certificate made anew, and waits until its container, which is not restarted, shows that one. */
export const expectRenewalTaken = async (files: ComposeFiles, installation: Installation): Promise<void> => {
  const path = join(files.tls, 'registry', CERTIFICATE_FILE);
  const before = new X509Certificate(readFileSync(path)).serialNumber;
  rmSync(path);
  await makeSecrets(files);
  const renewed = new X509Certificate(readFileSync(path)).serialNumber;
  if (renewed === before) throw new Error('the certificate was not made anew');
  const ca = readFileSync(join(files.tls, CA_FILE));
  for (const start = Date.now(); ; await sleep(200)) {
    const shown = await serialAt(installation.ports.registry, ca);
    if (shown === renewed) return;
    if (Date.now() - start > PATIENCE_MS) throw new Error(`the registry shows ${shown}, not ${renewed}`);
  }
};

const serialAt = (port: number, ca: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: 'localhost', port, ca, ALPNProtocols: ['h2'] });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
  });
