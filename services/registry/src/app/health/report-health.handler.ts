import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { processMetadata } from '../integration/integration-remains';
import { IntegrationStreams } from '../integration/integration-streams';
import { type Health, Healths } from './health.ports';

export class ReportHealthCommand extends Command<void> {
  constructor(readonly reports: readonly Health[]) {
    super();
  }
}

/**
 * Between the last success and the last refusal there is this much, before one of them is believed: a provider that refuses
 * now and then, or a model that a key may not call, is no change of the credential.
 */
export const SETTLED_MS = 10_000;

/** Keeps the times that a gateway has seen, and records when a credential begins to be rejected and works again. */
@CommandHandler(ReportHealthCommand)
export class ReportHealthHandler implements ICommandHandler<ReportHealthCommand> {
  constructor(
    private readonly healths: Healths,
    private readonly integrations: IntegrationStreams,
  ) {}

  async execute({ reports }: ReportHealthCommand): Promise<void> {
    for (const report of reports) await this.take(report);
  }

  private async take(report: Health): Promise<void> {
    const { integrationId, credentialVersion } = report;
    const { integration } = await this.integrations.history(integrationId);
    if (integration.status !== 'connected') return;
    const { details, credentialRejected } = integration;
    if (details.credentialVersion !== credentialVersion) return;
    const kept = await this.healths.merge(report);
    const works = kept && worksBy(kept);
    if (works === undefined || works !== credentialRejected) return;
    const told = works ? kept?.lastSuccessAt : refusedAt(kept);
    const metadata = processMetadata(details.organizationId, {
      command: 'JudgeCredential',
      requestId: `judge-${integrationId}-${credentialVersion}-${works}-${told?.getTime()}`,
      reason: works ? 'the provider takes the credential again' : 'the provider refuses the credential',
    });
    const command = { type: 'JudgeCredential', integrationId, credentialVersion, works } as const;
    await this.integrations.decide(integrationId, command, { metadata });
  }
}

const refusedAt = (health: Health | undefined): Date | undefined => {
  const times = [health?.lastUnauthorizedAt, health?.lastForbiddenAt].flatMap((at) => at?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.max(...times));
};

/** Undefined while it is not settled. */
export const worksBy = (health: Health): boolean | undefined => {
  const success = health.lastSuccessAt?.getTime() ?? -Infinity;
  const refusal = refusedAt(health)?.getTime() ?? -Infinity;
  if (success - refusal >= SETTLED_MS) return true;
  return refusal - success >= SETTLED_MS ? false : undefined;
};
