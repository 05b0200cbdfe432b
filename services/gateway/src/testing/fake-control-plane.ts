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

type Listener = ServerWritableStream<meteringV1.WatchLeasesRequest, meteringV1.WatchLeasesResponse>;

const ANSWERS = {
  notSeen: { outcome: { $case: 'notSeen', value: {} } },
  expired: { outcome: { $case: 'expired', value: { scopeId: '' } } },
  restored: { outcome: { $case: 'refused', value: { reason: 'LEDGER_RESTORED' } } },
} satisfies Record<string, meteringV1.SliceAnswer>;

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
  fault: 'none' | 'down' | 'loseAskAnswers' | keyof typeof ANSWERS = 'none';
  watchedFrom: bigint[] = [];
  vaultCalls = 0;
  /** The current keys of integrations; a wrap to another is outdated. */
  readonly keys = new Map<string, registryV1.IntegrationKey>();
  readonly closedOfBefore: meteringV1.CloseLeaseRequest[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly listeners = new Set<Listener>();
  private server: Server | undefined;
  private version = 0n;
  private port = 0;

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Listens on the port it had before, if any. */
  async start(): Promise<void> {
    const server = new Server();
    server.addService(meteringV1.LeaseServiceService, this.leaseService());
    server.addService(meteringV1.LedgerServiceService, this.ledgerOfBefore());
    this.ledger.notify = (notice) => {
      for (const listener of this.listeners) listener.write(notice);
    };
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
    for (const listener of this.listeners) listener.end();
    this.watchers.clear();
    this.listeners.clear();
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

  private leaseService(): meteringV1.LeaseServiceServer {
    return {
      beginJournal: unary((request: meteringV1.BeginJournalRequest) => {
        this.failWhenDown();
        const begun = this.ledger.begin(request);
        return this.fault === 'restored' ? { ...begun, leases: [], restored: true } : begun;
      }),
      exchange: unary((request: meteringV1.ExchangeRequest) => {
        this.failWhenDown();
        const { fault } = this;
        const answer = fault in ANSWERS ? ANSWERS[fault as keyof typeof ANSWERS] : undefined;
        const restored = fault === 'restored';
        const response = { ...this.ledger.exchange(answer ? { ...request, asks: [] } : request), restored };
        if (this.fault === 'loseAskAnswers' && request.asks.length > 0) {
          throw new AppError('UNAVAILABLE', 'ANSWER_LOST');
        }
        return answer ? { ...response, answers: request.asks.map(() => answer) } : response;
      }),
      watchLeases: (call: Listener) => {
        this.listeners.add(call);
        call.on('cancelled', () => this.listeners.delete(call));
      },
    };
  }

  /** Only what a journal of the version before has left is told to it. */
  private ledgerOfBefore(): meteringV1.LedgerServiceServer {
    const unasked = unary<unknown, never>(() => {
      throw new Error('nothing of the version before is asked');
    });
    return {
      ...{ openJournal: unasked, askLease: unasked, renewLeases: unasked, returnLease: unasked },
      closeLease: unary((request: meteringV1.CloseLeaseRequest) => {
        this.failWhenDown();
        this.closedOfBefore.push(request);
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
