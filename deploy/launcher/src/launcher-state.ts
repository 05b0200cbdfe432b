import { randomBytes } from 'node:crypto';
import { readJsonFile, writeJsonFile } from './json-file';
import type { PortName } from './ports';

/** What one attempt to issue a pair of keys asked for. Its secrets live in memory only. */
export interface KeyAttempt {
  readonly adminRequestId: string;
  readonly workspaceRequestId: string;
}

/** How far the first organization has come. Request ids are kept before they are used, so that any step can be repeated. */
export interface SetupState {
  readonly requestIds: Readonly<Record<'organization' | 'workspace' | 'integration' | 'provision', string>>;
  readonly organizationId?: string;
  readonly workspaceId?: string;
  /** Of the admin key that was shown, or is about to be; absent from before sign-in links. */
  readonly adminKeyId?: string;
  /** Where the simulator listened when it was connected. */
  readonly simulatorUrl?: string;
  readonly keyAttempts: readonly KeyAttempt[];
  /** True once the keys of the last attempt have been shown; then they are nowhere but with their owner. */
  readonly keysPrinted: boolean;
}

/** What a data directory remembers from start to start. No secrets. */
export interface LauncherState {
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
  /** `postgres` or `esdb://…` without its credentials. */
  readonly store: string;
  /** `postgres` or `kafka://…`: where it was the last time. */
  readonly bus: string;
  /** Which bus that is, at whatever address. */
  readonly busIdentity: string;
  readonly setup: SetupState;
}

export class StateFile {
  private current: LauncherState;

  constructor(private readonly path: string) {
    this.current = readJsonFile<LauncherState>(path) ?? initialState();
  }

  /** Takes what another process has written. */
  reload(): void {
    this.current = readJsonFile<LauncherState>(this.path) ?? this.current;
  }

  get state(): LauncherState {
    return this.current;
  }

  update(change: Partial<LauncherState>): void {
    this.current = { ...this.current, ...change };
    writeJsonFile(this.path, this.current);
  }

  updateSetup(change: Partial<SetupState>): void {
    this.update({ setup: { ...this.current.setup, ...change } });
  }
}

export const newRequestId = (what: string): string =>
  `first-start-${what}-${randomBytes(12).toString('hex')}`;

const initialState = (): LauncherState => ({
  ports: {},
  store: '',
  bus: '',
  busIdentity: '',
  setup: {
    requestIds: {
      organization: newRequestId('organization'),
      workspace: newRequestId('workspace'),
      integration: newRequestId('integration'),
      provision: newRequestId('provision'),
    },
    keyAttempts: [],
    keysPrinted: false,
  },
});
