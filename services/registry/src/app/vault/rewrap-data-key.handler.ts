import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { WrappedDataKey } from '@gatehouse/sealing';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CredentialVault } from '../integration/integration.ports';
import { CurrentCredentials } from './current-credentials';
import { IntegrationKeyring } from './integration-keyring';

export class RewrapDataKeyCommand extends Command<void> {
  constructor(
    readonly integrationId: IntegrationId,
    readonly credentialVersion: number,
    readonly fromKeyId: string,
    readonly wrapped: Omit<WrappedDataKey, 'keyCustody'>,
  ) {
    super();
  }
}

/**
 * Puts a gateway's wrap of a data key in place of the one that stands; the credential, and all that it is bound to, stay
 * as they are. The registry cannot open the new wrap, so it takes it only for the integration's current key, and only in
 * place of the wrap that the gateway started from. Done before, it does nothing.
 *
 * Errors: NOT_FOUND `CREDENTIAL_UNKNOWN`; CONFLICT `WRAP_CHANGED`; REFUSED `VAULT_KEY_NOT_CURRENT`; those of
 * `IntegrationKeyring.keyOf`.
 */
@CommandHandler(RewrapDataKeyCommand)
export class RewrapDataKeyHandler implements ICommandHandler<RewrapDataKeyCommand> {
  constructor(
    private readonly credentials: CurrentCredentials,
    private readonly vault: CredentialVault,
    private readonly keyring: IntegrationKeyring,
  ) {}

  async execute(command: RewrapDataKeyCommand): Promise<void> {
    const { integrationId, credentialVersion, fromKeyId, wrapped } = command;
    const { secretId, sealed } = await this.credentials.get(integrationId, credentialVersion);
    const { keyId, custody: keyCustody } = await this.keyring.keyOf(integrationId);
    if (wrapped.keyId !== keyId) throw new AppError('REFUSED', 'VAULT_KEY_NOT_CURRENT');
    if (sealed.keyId === wrapped.keyId) return;
    if (!(await this.vault.rewrap(secretId, fromKeyId, { ...wrapped, keyCustody }))) {
      throw new AppError('CONFLICT', 'WRAP_CHANGED');
    }
  }
}
