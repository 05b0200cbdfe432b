import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceLog } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ConfigurationSource } from '../../app/gateway.ports';
import { Configuration } from '../../domain/configuration';
import { writeDurably } from '../journal/journal-identity';
import { fromProtoConfigEntry } from './configuration-messages';

const FILE = 'configuration.binpb';
const SAVE_AFTER_MS = 200;

/**
 * The configuration in memory and its last state on disk, so that the gateway serves while provisioning is down. It
 * holds no secret: keys are keyed hashes, credentials are named.
 */
export class ConfigurationStore extends ConfigurationSource {
  private configuration: Configuration | undefined;
  private entries = new Map<string, provisioningV1.ConfigEntry>();
  private staged: Map<string, provisioningV1.ConfigEntry> | undefined;
  private at = 0n;
  private saving: NodeJS.Timeout | undefined;
  private readonly listeners: ((configuration: Configuration) => void)[] = [];

  constructor(
    private readonly directory: string,
    private readonly log: Pick<ServiceLog, 'warn' | 'error'>,
  ) {
    super();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
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
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(this.directory, FILE));
    } catch {
      return;
    }
    try {
      this.apply(provisioningV1.WatchResponse.decode(bytes));
    } catch (error) {
      this.log.warn({ err: error }, 'the saved configuration cannot be read');
    }
  }

  /** A message of the watch. A snapshot takes effect once it is complete, a change at once. */
  apply({ version, reset, entries, complete }: provisioningV1.WatchResponse): void {
    if (reset) this.staged = new Map();
    const target = this.staged ?? this.entries;
    for (const entry of entries) {
      if (entry.value) target.set(entry.id, entry);
      else target.delete(entry.id);
    }
    if (this.staged) {
      if (!complete) return;
      this.entries = this.staged;
      this.staged = undefined;
      this.replace();
    } else {
      this.change(entries);
    }
    this.at = version;
    this.saveSoon();
    for (const listener of this.listeners) if (this.configuration) listener(this.configuration);
  }

  /** Half a snapshot is of no use when its stream breaks. */
  abandonSnapshot(): void {
    this.staged = undefined;
  }

  save(): void {
    clearTimeout(this.saving);
    this.saving = undefined;
    if (!this.configuration) return;
    const entries = [...this.entries.values()];
    const message = { version: this.at, reset: true, entries, complete: true };
    try {
      writeDurably(this.directory, FILE, provisioningV1.WatchResponse.encode(message).finish());
    } catch (error) {
      this.log.error({ err: error }, 'the configuration cannot be saved');
    }
  }

  private replace(): void {
    const configuration = new Configuration();
    for (const entry of this.entries.values()) this.applyEntry(configuration, entry);
    this.configuration = configuration;
  }

  private change(entries: readonly provisioningV1.ConfigEntry[]): void {
    this.configuration ??= new Configuration();
    for (const entry of entries) this.applyEntry(this.configuration, entry);
  }

  /** What cannot be understood is refused to everybody rather than served as it was before. */
  private applyEntry(configuration: Configuration, entry: provisioningV1.ConfigEntry): void {
    try {
      configuration.apply(fromProtoConfigEntry(entry));
    } catch (error) {
      this.log.error({ err: error, id: entry.id }, 'an entry of the configuration cannot be understood');
      configuration.apply({ kind: 'unreadable', id: entry.id });
    }
  }

  private saveSoon(): void {
    this.saving ??= setTimeout(() => this.save(), SAVE_AFTER_MS).unref();
  }
}
