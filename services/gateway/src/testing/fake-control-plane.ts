import { AppError } from '@gatehouse/kernel';
import { toGrpcError } from '@gatehouse/grpc';
import { meteringV1, provisioningV1, registryV1, type typeV1 } from '@gatehouse/proto-gen';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { FakeLedger } from './fake-ledger';

type Watcher = ServerWritableStream<provisioningV1.WatchRequest, provisioningV1.WatchResponse>;

/** What it needs and governs is left out of most. */
export type ToldEntry = Pick<provisioningV1.ConfigEntry, 'id' | 'value'> &
  Partial<provisioningV1.ConfigEntry>;

/** Provisioning, registry and metering as the gateway sees them, on one gRPC server. */
export class FakeControlPlane {
  readonly ledger = new FakeLedger();
  readonly entries = new Map<string, provisioningV1.ConfigEntry>();
  readonly sealed = new Map<string, registryV1.SealedCredential>();
  /** How credentials are used, by integration; of one that is not here nothing is told. */
  readonly uses = new Map<string, typeV1.CredentialUse>();
  readonly tokens = new Set<string>();
  /** What was told of integrations. */
  readonly reports: registryV1.HealthReport[] = [];
  /** Refuses asks before they are looked at, or loses the answers of asks that were granted. */
  fault: 'none' | 'down' | 'loseAskAnswers' | 'notSeen' | 'expired' = 'none';
  watchedFrom: bigint[] = [];
  vaultCalls = 0;
  /** The current keys of integrations; a wrap to another is outdated. */
  readonly keys = new Map<string, registryV1.IntegrationKey>();
  private readonly watchers = new Set<Watcher>();
  private server: Server | undefined;
  private version = 0n;
  private port = 0;

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Listens on the port it had before, if any. */
  async start(): Promise<void> {
    const server = new Server();
    server.addService(meteringV1.LedgerServiceService, this.ledgerService());
    server.addService(registryV1.HealthServiceService, {
      reportHealth: unary(({ reports }: registryV1.ReportHealthRequest) => {
        this.reports.push(...reports);
        return {};
      }),
    });
    server.addService(registryV1.VaultServiceService, {
      getSealedCredential: unary((request: registryV1.GetSealedCredentialRequest) => {
        this.vaultCalls++;
        const sealed = this.sealed.get(`${request.integrationId}.${request.credentialVersion}`);
        if (!sealed) throw new AppError('NOT_FOUND', 'CREDENTIAL_UNKNOWN');
        const use = this.uses.get(request.integrationId);
        return { sealed, ...(use && { use }) };
      }),
      listOutdatedWraps: unary(() => ({
        sealed: [...this.sealed.values()].filter(({ integrationId, keyId }) => {
          const current = this.keys.get(integrationId);
          return current !== undefined && current.keyId !== keyId;
        }),
        keyId: '',
        nextAfterIntegrationId: '',
        keys: [...this.keys.values()],
      })),
      rewrapDataKey: unary((request: registryV1.RewrapDataKeyRequest) => {
        const name = `${request.integrationId}.${request.credentialVersion}`;
        const sealed = this.sealed.get(name);
        if (sealed?.keyId !== request.fromKeyId) throw new AppError('CONFLICT', 'WRAP_CHANGED');
        const { toKeyId: keyId, encapsulatedKey, wrappedDataKey } = request;
        const keyCustody = this.keys.get(request.integrationId)?.custody ?? Buffer.alloc(0);
        this.sealed.set(name, { ...sealed, keyId, keyCustody, encapsulatedKey, wrappedDataKey });
        return {};
      }),
    });
    server.addService(provisioningV1.GatewayConfigServiceService, {
      watch: (call: Watcher) => this.watch(call),
    });
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.address, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    this.server = server;
  }

  stop(): void {
    for (const watcher of this.watchers) watcher.end();
    this.watchers.clear();
    this.server?.forceShutdown();
  }

  /** Puts entries in place and tells every watcher. */
  set(...told: ToldEntry[]): void {
    const entries = told.map((entry): provisioningV1.ConfigEntry => ({ needs: [], governs: '', ...entry }));
    for (const entry of entries) {
      if (entry.value || entry.needs.length > 0) this.entries.set(entry.id, entry);
      else this.entries.delete(entry.id);
    }
    this.version++;
    for (const watcher of this.watchers) {
      watcher.write({ version: this.version, reset: false, entries, complete: true });
    }
  }

  private watch(call: Watcher): void {
    this.tokens.add(String(call.metadata.get('x-gatehouse-service-token')[0]));
    this.watchedFrom.push(call.request.afterVersion);
    const all = [...this.entries.values()];
    const half = all.length >> 1;
    const { version } = this;
    // A snapshot in two parts: half of it must not take effect.
    call.write({ version, reset: true, entries: all.slice(0, half), complete: false });
    call.write({ version, reset: false, entries: all.slice(half), complete: true });
    this.watchers.add(call);
    call.on('cancelled', () => this.watchers.delete(call));
  }

  private ledgerService(): meteringV1.LedgerServiceServer {
    return {
      openJournal: unary((request: meteringV1.OpenJournalRequest) => {
        this.failWhenDown();
        return this.ledger.openJournal(request);
      }),
      askLease: unary((request: meteringV1.AskLeaseRequest) => {
        this.failWhenDown();
        if (this.fault === 'notSeen') throw new AppError('UNAVAILABLE', 'SCOPE_NOT_SEEN');
        if (this.fault === 'expired') throw new AppError('REFUSED', 'SCOPE_EXPIRED');
        const answer = this.ledger.ask(request);
        if (this.fault === 'loseAskAnswers') throw new AppError('UNAVAILABLE', 'ANSWER_LOST');
        return answer;
      }),
      renewLeases: unary(() => ({ gone: [], validForMs: this.ledger.validForMs })),
      returnLease: unary(() => ({})),
      closeLease: unary((request: meteringV1.CloseLeaseRequest) => {
        this.failWhenDown();
        this.ledger.close(request);
        return {};
      }),
    };
  }

  private failWhenDown(): void {
    if (this.fault === 'down') throw new AppError('UNAVAILABLE', 'METERING_DOWN');
  }
}

const unary =
  <Q, R>(handle: (request: Q) => R) =>
  (call: ServerUnaryCall<Q, R>, callback: sendUnaryData<R>): void => {
    try {
      callback(null, handle(call.request));
    } catch (error) {
      callback(error instanceof AppError ? toGrpcError(error) : (error as Error));
    }
  };
