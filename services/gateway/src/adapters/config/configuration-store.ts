import { mkdirSync } from 'node:fs';
import type { DiskSync } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ConfigurationSource } from '../../app/gateway.ports';
import { Configuration } from '../../domain/configuration';
import { ConfigurationFile } from './configuration-file';
import { fromProtoConfigEntry } from './configuration-messages';
import { asSaved, governedBeyond } from './needs';

/**
 * The configuration in memory and its last state on disk, so that the gateway serves while provisioning is down. It
 * holds no secret: keys are keyed hashes, credentials are named.
 */
export class ConfigurationStore extends ConfigurationSource {
  private configuration: Configuration | undefined;
  /** A snapshot that is not complete yet. */
  private staged: Configuration | undefined;
  private at = 0n;
  private readonly file: ConfigurationFile;
  private readonly listeners: ((configuration: Configuration) => void)[] = [];

  constructor(
    directory: string,
    sync: DiskSync,
    private readonly log: Pick<ServiceLog, 'warn' | 'error'>,
  ) {
    super();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.file = new ConfigurationFile(directory, sync, log);
  }

  /** The version that is held; 0 before the first one. */
  get version(): bigint {
    return this.at;
  }

  current(): Configuration | undefined {
    return this.configuration;
  }

  onChange(listener: (configuration: Configuration) => void): void {
    this.listeners.push(listener);
  }

  /** Takes what an earlier process saved; what cannot be read is as if it were not there. */
  load(): void {
    try {
      for (const message of this.file.messages()) this.take(message);
    } catch (error) {
      this.log.warn({ err: error }, 'the saved configuration cannot be read');
    }
    this.staged = undefined;
    // What was not understood was not saved whole: it is to be told again.
    if (this.configuration?.isBeyond) this.at = 0n;
    this.tell();
  }

  /** A message of the watch. A snapshot takes effect once it is complete, a change at once. */
  apply(message: provisioningV1.WatchResponse): void {
    this.file.add({ ...message, entries: message.entries.map(asSaved) });
    if (this.take(message)) this.tell();
  }

  /** Half a snapshot is of no use when its stream breaks. */
  abandonSnapshot(): void {
    this.staged = undefined;
    this.file.abandonSnapshot();
  }

  /** Saves what is not saved yet. */
  close(): Promise<void> {
    return this.file.close();
  }

  /** False while a snapshot is not complete. */
  private take({ version, reset, entries, complete }: provisioningV1.WatchResponse): boolean {
    if (reset) this.staged = new Configuration();
    const target = this.staged ?? (this.configuration ??= new Configuration());
    for (const entry of entries) this.applyEntry(target, entry);
    if (this.staged) {
      if (!complete) return false;
      this.configuration = this.staged;
      this.staged = undefined;
    }
    this.at = version;
    return true;
  }

  private tell(): void {
    for (const listener of this.listeners) if (this.configuration) listener(this.configuration);
  }

  /** What cannot be understood is refused to everybody rather than served as it was before. */
  private applyEntry(configuration: Configuration, entry: provisioningV1.ConfigEntry): void {
    try {
      configuration.apply(fromProtoConfigEntry(entry));
      configuration.noteGovernedBeyond(entry.id, governedBeyond(entry));
    } catch (error) {
      this.log.error({ err: error, id: entry.id }, 'an entry of the configuration cannot be understood');
      configuration.apply({ kind: 'unreadable', id: entry.id });
    }
  }
}
