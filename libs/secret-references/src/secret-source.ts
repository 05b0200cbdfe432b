import type { SecretLocator, SecretManager } from '@gatehouse/kernel';

/** Reads secrets out of one kind of manager. It asks no one whether it may. */
export abstract class SecretSource<Manager extends SecretManager = SecretManager> {
  /** Errors: REFUSED `SECRET_NOT_FOUND`; FORBIDDEN `SECRET_NOT_GRANTED`; UNAVAILABLE `SECRET_MANAGER_UNAVAILABLE`. */
  abstract read(locator: Extract<SecretLocator, { kind: Manager }>): Promise<string>;
}

/** A manager that is not configured has no entry. */
export type SecretSources = {
  readonly [Manager in SecretManager]?: SecretSource<Manager>;
};
