import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { KAFKA_IMAGE_VARIABLE, KafkaContainer } from './kafka-container';

const SCRIPT = join(__dirname, '../../../../deploy/kafka/bin/start.mjs');
/** The first start fetches the jars. */
const READY_WITHIN_MS = 180_000;
const READY = /^Kafka is ready: kafka:\/\/\S+ \(pid (\d+)\)$/m;

/** Names brokers to use instead of starting one: `kafka://host:port`. They are left as they are. */
export const KAFKA_VARIABLE = 'GATEHOUSE_TEST_KAFKA';

/** Why no broker can be had here; undefined where one can. Where CI is set it can be had, or its tests fail. */
export const kafkaMissing = (): string | undefined => {
  if (process.env['CI'] || process.env[KAFKA_VARIABLE] || process.env[KAFKA_IMAGE_VARIABLE]) return undefined;
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
};

/** A broker of one's own: a container where an image is named, else one of this machine's Java. */
export const startBroker = (): Promise<KafkaContainer | KafkaBroker> => {
  const image = process.env[KAFKA_IMAGE_VARIABLE];
  return image ? KafkaContainer.start(image) : KafkaBroker.start();
};

interface BrokerSecurity {
  readonly directory: string;
  readonly adminPort: number;
}

/** A real broker, with topics that outlive its death. */
export class KafkaBroker {
  private constructor(
    readonly port: number,
    private readonly security: BrokerSecurity | undefined,
    /** Where it keeps what was published. */
    readonly directory: string,
    private script: ChildProcess,
    private pid: number,
  ) {}

  /** @param secured a directory with the broker's `keystore.pem` and `ca.crt`: it then asks everybody who they are. */
  static async start(secured?: string): Promise<KafkaBroker> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-kafka-'));
    const security = secured === undefined ? undefined : { directory: secured, adminPort: await freePort() };
    const { script, pid } = await launch(port, directory, security);
    return new KafkaBroker(port, security, directory, script, pid);
  }

  /** Where those are let in who may do everything, by certificate. */
  get adminUrl(): string {
    return `kafka://localhost:${this.security?.adminPort}`;
  }

  get brokers(): string[] {
    return [`127.0.0.1:${this.port}`];
  }

  get url(): string {
    return `kafka://127.0.0.1:${this.port}`;
  }

  /** SIGKILL, as by a lost machine; the data stays. */
  async kill(): Promise<void> {
    const ended = endOf(this.script);
    process.kill(this.pid, 'SIGKILL');
    await ended;
  }

  /** On the same port and data. */
  async restart(): Promise<void> {
    Object.assign(this, await launch(this.port, this.directory, this.security));
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    const ended = endOf(this.script);
    this.script.kill('SIGTERM');
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const endOf = (script: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (script.exitCode !== null || script.signalCode !== null) return resolve();
    script.once('exit', () => resolve());
  });

/** The script ends when its standard input does: with this process, whatever becomes of it. */
const launch = (
  port: number,
  directory: string,
  security: BrokerSecurity | undefined,
): Promise<{ script: ChildProcess; pid: number }> =>
  new Promise((resolve, reject) => {
    const secured = security
      ? ['--secured', security.directory, '--admin-port', String(security.adminPort)]
      : [];
    const given = [SCRIPT, '--port', String(port), '--data-dir', directory, '--with-parent', ...secured];
    const script = spawn(process.execPath, given, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    const timer = setTimeout(() => script.kill('SIGTERM'), READY_WITHIN_MS);
    const listen = (text: Buffer): void => {
      said += text.toString('utf8');
      const pid = READY.exec(said)?.[1];
      if (pid === undefined) return;
      clearTimeout(timer);
      resolve({ script, pid: Number(pid) });
    };
    script.stdout.on('data', listen);
    script.stderr.on('data', listen);
    script.stdin.on('error', () => undefined);
    script.on('error', reject);
    script.on('exit', () => {
      clearTimeout(timer);
      reject(new Error(`no Kafka for the tests:\n${said}`));
    });
  });
