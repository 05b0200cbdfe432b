import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grpcClient, type GrpcClientOptions, TlsFiles } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { auditV1, meteringV1, operationsV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import type { ControlServiceName } from '@gatehouse/topology';

/** The options that every command takes. */
export interface ConnectionOptions extends Readonly<Partial<Record<ControlServiceName, string>>> {
  readonly data: string;
  readonly keyFile?: string;
  readonly operatorTokenFile?: string;
  /** TLS: whom to believe, and the certificate to show. Without them the environment is asked, then it is plain. */
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly certificateKeyFile?: string;
}

/** Clients of the services, made when first used; `close` ends them all. */
export class Connection {
  private readonly open: { close(): void }[] = [];
  private files: { readonly tls: TlsFiles | undefined } | undefined;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  integrations() {
    return this.client(registryV1.IntegrationServiceClient, 'registry');
  }

  drafts() {
    return this.client(registryV1.DraftServiceClient, 'registry');
  }

  catalog() {
    return this.client(registryV1.CatalogServiceClient, 'registry');
  }

  organizations() {
    return this.client(provisioningV1.OrganizationServiceClient, 'provisioning');
  }

  workspaces() {
    return this.client(provisioningV1.WorkspaceServiceClient, 'provisioning');
  }

  limits() {
    return this.client(provisioningV1.LimitServiceClient, 'provisioning');
  }

  access() {
    return this.client(provisioningV1.AccessServiceClient, 'provisioning');
  }

  provisions() {
    return this.client(provisioningV1.ProvisionServiceClient, 'provisioning');
  }

  autoProvisions() {
    return this.client(provisioningV1.AutoProvisionServiceClient, 'provisioning');
  }

  bulkProvisions() {
    return this.client(provisioningV1.BulkProvisionServiceClient, 'provisioning');
  }

  approvals() {
    return this.client(provisioningV1.ApprovalServiceClient, 'provisioning');
  }

  previews() {
    return this.client(provisioningV1.PreviewServiceClient, 'provisioning');
  }

  apiKeys() {
    return this.client(provisioningV1.ApiKeyServiceClient, 'provisioning');
  }

  apiKeysAsOperator() {
    return this.clientWith(provisioningV1.ApiKeyServiceClient, 'provisioning', this.operator());
  }

  sessions() {
    return this.client(provisioningV1.SessionServiceClient, 'provisioning');
  }

  /** Where the console of the data directory listens. */
  console(): string {
    return addressIn(this.options.data, ({ console }) => console);
  }

  members() {
    return this.client(provisioningV1.MemberServiceClient, 'provisioning');
  }

  membersAsOperator() {
    return this.clientWith(provisioningV1.MemberServiceClient, 'provisioning', this.operator());
  }

  /** As whoever is invited. */
  membersByToken(token: string) {
    const caller = { apiKey: sayable(token), tls: this.tls };
    return this.clientWith(provisioningV1.MemberServiceClient, 'provisioning', caller);
  }

  usage() {
    return this.client(meteringV1.UsageServiceClient, 'metering');
  }

  /** The operator's hand on what gateways hold. */
  journals() {
    return this.clientWith(meteringV1.JournalServiceClient, 'metering', this.operator());
  }

  /** Reading a week of records takes its time. */
  books() {
    return this.clientWith(meteringV1.BooksServiceClient, 'metering', {
      ...this.operator(),
      deadlineMs: 3_600_000,
    });
  }

  budgets() {
    return this.client(meteringV1.BudgetServiceClient, 'metering');
  }

  webhooks() {
    return this.client(meteringV1.WebhookServiceClient, 'metering');
  }

  secretReferences() {
    return this.client(registryV1.SecretReferenceServiceClient, 'registry');
  }

  events() {
    return this.client(auditV1.EventServiceClient, 'audit');
  }

  /** The operator's hand on a service's projections. */
  projections(peer: ControlServiceName) {
    return this.clientWith(operationsV1.ProjectionServiceClient, peer, this.operator());
  }

  close(): void {
    for (const client of this.open) client.close();
  }

  private client<C extends { close(): void }>(
    constructor: Parameters<typeof grpcClient<C>>[0],
    peer: ControlServiceName,
  ) {
    return this.clientWith<C>(constructor, peer, { apiKey: this.key(), tls: this.tls });
  }

  private clientWith<C extends { close(): void }>(
    constructor: Parameters<typeof grpcClient<C>>[0],
    peer: ControlServiceName,
    caller: Omit<GrpcClientOptions, 'address'>,
  ) {
    const client = grpcClient<C>(constructor, { address: this.addressOf(peer), ...caller });
    this.open.push(client);
    return client;
  }

  private addressOf(peer: ControlServiceName): string {
    return this.options[peer] ?? addressIn(this.options.data, ({ grpc }) => grpc?.[peer]);
  }

  /** Read once, when first called with. */
  private get tls(): TlsFiles | undefined {
    this.files ??= { tls: tlsOf(this.options, this.env) };
    return this.files.tls;
  }

  /** Over TLS the operator's certificate, else the token. */
  private operator(): { tls: TlsFiles } | { serviceToken: string } {
    if (!this.tls) return { serviceToken: this.operatorToken() };
    if (!this.tls.hasOwn) throw new AppError('UNAUTHENTICATED', 'GIVE_CERTIFICATE_FILE_OF_THE_OPERATOR');
    return { tls: this.tls };
  }

  private operatorToken(): string {
    const { operatorTokenFile, data } = this.options;
    const token =
      operatorTokenFile === undefined
        ? operatorTokenIn(data)
        : readSecret(operatorTokenFile, '--operator-token-file');
    // Several, separated by commas, while it is being changed: the newest comes first.
    const newest = token.split(',')[0]?.trim();
    if (!newest) throw new AppError('UNAUTHENTICATED', 'OPERATOR_TOKEN_MISSING');
    return sayable(newest);
  }

  private key(): string {
    const { keyFile } = this.options;
    const key =
      keyFile === undefined ? this.env['GATEHOUSE_ADMIN_KEY']?.trim() : readSecret(keyFile, '--key-file');
    if (!key) throw new AppError('UNAUTHENTICATED', 'SET_GATEHOUSE_ADMIN_KEY_OR_KEY_FILE');
    return sayable(key);
  }
}

/** Errors: INVALID `GIVE_CA_CERTIFICATE_AND_CERTIFICATE_KEY_FILE` for a part of what belongs together, `TLS_FILES_UNUSABLE`. */
const tlsOf = (options: ConnectionOptions, env: NodeJS.ProcessEnv): TlsFiles | undefined => {
  const ca = options.caFile ?? env['GATEHOUSE_TLS_CA_FILE'];
  const certificate = options.certificateFile ?? env['GATEHOUSE_TLS_CERT_FILE'];
  const key = options.certificateKeyFile ?? env['GATEHOUSE_TLS_KEY_FILE'];
  if (!ca && !certificate && !key) return undefined;
  if (!ca || !certificate !== !key)
    throw new AppError('INVALID', 'GIVE_CA_CERTIFICATE_AND_CERTIFICATE_KEY_FILE');
  try {
    return new TlsFiles(certificate && key ? { ca, own: { certificate, key } } : { ca });
  } catch (error) {
    const fault = (error as Error).message;
    throw new AppError('INVALID', 'TLS_FILES_UNUSABLE', { cause: error, metadata: { fault } });
  }
};

/** A file's text; `-` is standard input. */
export const readText = (file: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new AppError('INVALID', 'FILE_UNREADABLE', { cause: error, metadata: { file } });
  }
};

/**
 * A file's secret, without blanks around it; `-` is standard input. INVALID `SECRET_FILE_UNREADABLE`, which does not show the file's name: where
 * somebody has put the secret in its place, that is one.
 * @param of what asks for it, e.g. `--key-file`.
 */
export const readSecret = (file: string, of: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (error) {
    const { code: fault = 'unknown' } = error as NodeJS.ErrnoException;
    const metadata = { of, fault, expected: 'the name of a file that holds the secret, or -' };
    throw new AppError('INVALID', 'SECRET_FILE_UNREADABLE', { cause: error, metadata });
  }
};

/** A key or token as a call can present it. UNAUTHENTICATED `KEY_MALFORMED` for what has several lines, or letters that no header has. */
const sayable = (secret: string): string => {
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    const expected = 'one word of printable ASCII, on one line';
    throw new AppError('UNAUTHENTICATED', 'KEY_MALFORMED', { metadata: { expected } });
  }
  return secret;
};

/** The operator's token of a local installation, which only its owner can read. */
const operatorTokenIn = (data: string): string => {
  const file = join(data, 'secrets.json');
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { serviceTokens: { operator: string } }).serviceTokens
      .operator;
  } catch (error) {
    throw new AppError('UNAUTHENTICATED', 'GIVE_DATA_DIRECTORY_OR_OPERATOR_TOKEN_FILE', {
      cause: error,
      metadata: { file },
    });
  }
};

/** As the launcher wrote it down; what it did not is absent. */
interface Addresses {
  readonly grpc?: Readonly<Partial<Record<ControlServiceName, string>>>;
  /** Its URL. */
  readonly console?: string;
}

/** Where something of a data directory listens. NOT_FOUND `NO_ADDRESSES_GIVE_DATA_DIRECTORY_OR_FLAGS` where that is not written down. */
const addressIn = (data: string, of: (all: Addresses) => string | undefined): string => {
  const file = join(data, 'addresses.json');
  const unknown = (cause?: unknown): AppError =>
    new AppError('NOT_FOUND', 'NO_ADDRESSES_GIVE_DATA_DIRECTORY_OR_FLAGS', { cause, metadata: { file } });
  let address: string | undefined;
  try {
    address = of(JSON.parse(readFileSync(file, 'utf8')) as Addresses);
  } catch (error) {
    throw unknown(error);
  }
  if (typeof address !== 'string') throw unknown();
  return address;
};
