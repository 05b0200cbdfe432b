import { secretNotFound, secretNotGranted } from '../secret-errors';
import type { SecretLocator } from '@gatehouse/kernel';
import { SecretSource } from '../secret-source';

/** Our own settings hold database passwords and service tokens: they are nobody's, whatever the operator lists. */
const OUR_OWN = /^(GATEHOUSE_|PG[A-Z]+$|NODE_|DATABASE_URL$)/;

/** Variables of this process. */
export class EnvironmentSecrets extends SecretSource<'environment'> {
  constructor(private readonly environment: Readonly<Record<string, string | undefined>>) {
    super();
  }

  read({ variable }: Extract<SecretLocator, { kind: 'environment' }>): Promise<string> {
    if (OUR_OWN.test(variable)) return Promise.reject(secretNotGranted('environment'));
    const value = Object.hasOwn(this.environment, variable) ? this.environment[variable] : undefined;
    return value === undefined ? Promise.reject(secretNotFound('environment')) : Promise.resolve(value);
  }
}
