import { engineAddress, speaksTls } from '@gatehouse/config';
import type { AppendResult, ExpectedRevision, NewEvent } from '@gatehouse/event-store';
import type { StoreUnderTest } from '@gatehouse/event-store/testing';
import { EventStoreDbEventStore } from '../eventstoredb-event-store';
import { pause } from '../pause';
import { unavailable } from '../wire-failure';
import { FaultyProxy } from './faulty-proxy';

export interface EventStoreDbUnderTestOptions {
  /** `esdb://…` of a server or a cluster. */
  readonly connectionString: string;
  dispose(): Promise<void>;
}

/**
 * The log of a server for the event store's contract, by way of a proxy that loses answers and cuts connections. A
 * cluster tells its clients where its leader is, and a certificate names a host, so no proxy can stand before those:
 * there, answers are lost on their last step.
 */
export const eventStoreDbUnderTest = async ({
  connectionString,
  dispose,
}: EventStoreDbUnderTestOptions): Promise<StoreUnderTest> => {
  const proxied = await throughProxy(connectionString);
  const url = proxied?.url ?? connectionString;
  const open = async () => new EventStoreDbEventStore(url);
  const store = new ForgetfulStore(url, proxied?.proxy);
  return {
    store,
    open,
    loseNextAnswer: () => store.loseNextAnswer(),
    ...(proxied && {
      disturb: async (_streams: readonly string[], signal: AbortSignal) => {
        // Ever less often, so that a slow machine gets on between two cuts.
        for (let round = 1; !signal.aborted; round++) {
          await pause(300 * round, signal);
          proxied.proxy.cutAll();
        }
      },
    }),
    dispose: async () => {
      await store.close();
      await proxied?.proxy.close();
      await dispose();
    },
  };
};

const LOOPBACK = ['127.0.0.1', 'localhost'];

const throughProxy = async (
  connectionString: string,
): Promise<{ readonly proxy: FaultyProxy; readonly url: string } | undefined> => {
  const address = engineAddress(connectionString);
  const [node, ...others] = address?.hosts ?? [];
  if (!address || node === undefined || others.length > 0 || address.scheme.endsWith('+discover'))
    return undefined;
  const at = node.lastIndexOf(':');
  const host = node.slice(0, at);
  // The name stays where the certificate is held against it.
  const near = LOOPBACK.includes(host) ? host : '127.0.0.1';
  if (speaksTls(address) && near !== host) return undefined;
  const proxy = await FaultyProxy.before(host, Number(node.slice(at + 1)));
  const url = connectionString.replace(
    /^([^/]+:\/\/(?:[^@]*@)?)[^/?]+/,
    (_all, head: string) => `${head}${near}:${proxy.port}`,
  );
  return { proxy, url };
};

/** Tries once where the answer is to be lost, so that the contract sees that it was; else as often as any other. */
class ForgetfulStore extends EventStoreDbEventStore {
  private readonly impatient: EventStoreDbEventStore;
  private losing = false;

  constructor(
    url: string,
    private readonly proxy: FaultyProxy | undefined,
  ) {
    super(url);
    this.impatient = new EventStoreDbEventStore(url, { patienceMs: 0 });
  }

  async loseNextAnswer(): Promise<void> {
    // It is to lose the answer to the append, and not those by which a connection by TLS is made.
    await this.impatient.head().catch(() => undefined);
    await this.impatient.head();
    this.losing = true;
    this.proxy?.loseNextAnswer();
  }

  override async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    if (!this.losing) return super.append(stream, events, expected);
    this.losing = false;
    await this.impatient.append(stream, events, expected);
    throw unavailable(new Error('the answer was lost'));
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.impatient.close()]);
  }
}
