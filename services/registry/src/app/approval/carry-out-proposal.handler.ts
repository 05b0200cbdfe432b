import { type Consent, Consents } from '@gatehouse/approval';
import type { Position } from '@gatehouse/event-store';
import { AppError } from '@gatehouse/kernel';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CredentialVault } from '../integration/integration.ports';
import { ReconfigureIntegrationCommand } from '../integration/reconfigure-integration.handler';
import { RotateCredentialCommand } from '../integration/rotate-credential.handler';
import { deriveSecretId } from '../integration/secret-id';

/** A command as it was asked for, that somebody else has approved. */
export type ApprovedCommand = Command<{ readonly position: Position }>;

export class CarryOutProposalCommand extends Command<Position> {
  constructor(
    readonly command: ApprovedCommand,
    readonly consent: Extract<Consent, { kind: 'approved' }>,
  ) {
    super();
  }
}

/**
 * Carries out what was approved, once, by the request id that it was asked with. Where it is refused, its credential is
 * destroyed: nobody will approve it again.
 */
@CommandHandler(CarryOutProposalCommand)
export class CarryOutProposalHandler implements ICommandHandler<CarryOutProposalCommand> {
  constructor(
    private readonly commands: CommandBus,
    private readonly consents: Consents,
    private readonly vault: CredentialVault,
  ) {}

  async execute({ command, consent }: CarryOutProposalCommand): Promise<Position> {
    try {
      const { position } = await this.consents.within(consent, () => this.commands.execute(command));
      return position;
    } catch (error) {
      const secretId = secretOf(command);
      const refused = error instanceof AppError && error.code !== 'UNAVAILABLE';
      if (refused && secretId !== undefined) await this.vault.destroy(secretId);
      throw error;
    }
  }
}

/** The vault's row of a credential that waited for approval. */
const secretOf = (command: ApprovedCommand): string | undefined => {
  const isRotation = command instanceof RotateCredentialCommand;
  if (!isRotation && !(command instanceof ReconfigureIntegrationCommand)) return undefined;
  const { integrationId } = command.input;
  const proposed = isRotation ? command.input.proposed : command.input.given?.proposed;
  if (!proposed) return undefined;
  const { version: credentialVersion, fingerprint: credentialFingerprint } = proposed;
  return deriveSecretId({ ...command.metadata, integrationId, credentialVersion, credentialFingerprint });
};
