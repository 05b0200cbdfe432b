import type { Content } from '@gatehouse/contents';
import { Signal } from '@gatehouse/kernel';

/** An entry as of a version. */
export interface VersionedEntry {
  readonly version: bigint;
  readonly id: string;
  /** As gateways are told it; what it says is not read here. Undefined when it is gone. */
  readonly encoded: Uint8Array | undefined;
}

export interface ConfigPage {
  /** The configuration's version when this page was read. */
  readonly head: bigint;
  /** In order of version. */
  readonly entries: readonly VersionedEntry[];
}

/**
 * The gateways' configuration. Every entry stands at the version of its last change, gone ones included, so that what
 * changed after a version is what stands above it.
 */
export abstract class ConfigLog {
  /** Raised when the version may have risen. */
  abstract readonly risen: Signal;

  /** Entries above a version, at most `limit`; fewer mean that there are no more as of `head`. */
  abstract after(version: bigint, limit: number): Promise<ConfigPage>;
}

/** What the registry has published, asked of the registry itself. */
export abstract class PublishedContents {
  /** Errors: UNAVAILABLE while it cannot be asked. */
  abstract fetch(sha256: string): Promise<Content>;
}
