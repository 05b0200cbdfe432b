import { TlsFiles } from '@gatehouse/grpc';

export interface TlsConfig {
  readonly GATEHOUSE_TLS_CERT_FILE?: string | undefined;
  readonly GATEHOUSE_TLS_KEY_FILE?: string | undefined;
  readonly GATEHOUSE_TLS_CA_FILE?: string | undefined;
}

/** The certificates that the configuration names; undefined where it names none. Errors: of files that cannot be used. */
export const openTls = (
  config: TlsConfig,
  log: { error(fields: object, message: string): void },
): TlsFiles | undefined => {
  const { GATEHOUSE_TLS_CERT_FILE: certificate, GATEHOUSE_TLS_KEY_FILE: key } = config;
  const { GATEHOUSE_TLS_CA_FILE: ca } = config;
  if (certificate === undefined || key === undefined || ca === undefined) return undefined;
  const onFault = (err: Error): void => log.error({ err }, 'changed certificates are not usable');
  return new TlsFiles({ ca, own: { certificate, key } }, { onFault });
};
