import { SdkProcess } from './sdk-process';
import { PYTHON, SDKS } from './sdks';

/** What an adapter of an admin SDK is asked to do: the method at a path of its client. */
interface AdminCall {
  readonly key: string;
  readonly path: readonly string[];
  readonly args: object;
}

interface AdminHeard {
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly class: string;
    readonly status?: number;
    readonly body?: unknown;
    readonly message: string;
  };
}

export type AdminAnswer = Readonly<Record<string, unknown>>;

interface AdminSdkSpec {
  readonly name: string;
  readonly registry: 'npm' | 'pypi';
  readonly command: (baseUrl: string) => readonly [string, ...string[]];
  /** Whether it can read the limits of an integration's workspaces: PyPI's takes none but a single one, of no type that is published. */
  readonly readsAccessLimits: boolean;
  /** Its spelling of a name. */
  readonly spelled: (name: string) => string;
}

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('-', '_');

/** Of npm in every run, since the repository has it; of PyPI where somebody fetched it: CI, and `npm run test:sdks`. */
export const ADMIN_SDKS: readonly AdminSdkSpec[] = (
  [
    {
      name: 'portkey-ai (npm)',
      registry: 'npm',
      command: (url) => [process.execPath, 'portkey.mjs', url],
      readsAccessLimits: true,
      spelled: (name) => name,
    },
    {
      name: 'portkey-ai (PyPI)',
      registry: 'pypi',
      command: (url) => [PYTHON, 'portkey_python.py', url],
      readsAccessLimits: false,
      spelled: snake,
    },
  ] satisfies AdminSdkSpec[]
).filter(({ registry }) => registry === 'npm' || process.env['GATEHOUSE_TEST_SDKS_PYTHON']);

/** Portkey's own SDK, unmodified, with one key. */
export class AdminSdk {
  private constructor(
    private readonly spec: AdminSdkSpec,
    private readonly key: string,
    private readonly process: SdkProcess<AdminCall, AdminHeard>,
  ) {}

  /** @param baseUrl ends in `/v1`. */
  static start(spec: AdminSdkSpec, baseUrl: string, key: string): AdminSdk {
    return new AdminSdk(spec, key, SdkProcess.start(spec.command(baseUrl), SDKS));
  }

  /** What a method answers, e.g. of `admin.workspaces.create`; names are as npm's SDK spells them. */
  async call(path: string, args: object = {}, key = this.key): Promise<AdminAnswer> {
    const { answer, error } = await this.ask(path, args, key);
    if (error) throw new Error(`${path}: ${JSON.stringify(error)}`);
    return answer ?? {};
  }

  /** The status with which a call is refused, and the kind of error that the answer says. */
  async refusal(path: string, args: object = {}, key = this.key): Promise<string> {
    const { error } = await this.ask(path, args, key);
    const { data } = (error?.body ?? {}) as { data?: { errorCode?: string; reason?: string } };
    return `${error?.status ?? 'not refused'} ${data?.errorCode} ${data?.reason}`;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private ask(path: string, args: object, key: string): Promise<AdminHeard> {
    const { spelled } = this.spec;
    const named = Object.fromEntries(
      Object.entries(args).map(([name, value]) => [spelled(name), value as unknown]),
    );
    return this.process.ask({ key, path: path.split('.').map(spelled), args: named });
  }
}
