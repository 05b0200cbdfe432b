import { type GrpcController, GrpcService, RequestChecks, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { registryV1 } from '@gatehouse/proto-gen';
import { CommandBus } from '@nestjs/cqrs';
import type { Health } from '../../app/health/health.ports';
import { ReportHealthCommand } from '../../app/health/report-health.handler';
import { fromProtoIntegrationId } from './integration-target';

const REPORTS_MAX = 200;

@GrpcService('HealthService', registryV1.HealthServiceService)
export class HealthController implements GrpcController<typeof registryV1.HealthServiceService> {
  constructor(private readonly commands: CommandBus) {}

  @Requires('service.gateway', SMALL_REQUEST)
  async reportHealth(request: registryV1.ReportHealthRequest): Promise<registryV1.ReportHealthResponse> {
    await this.commands.execute(fromProtoReportHealthRequest(request));
    return {};
  }
}

const fromProtoReportHealthRequest = ({ reports }: registryV1.ReportHealthRequest): ReportHealthCommand => {
  const checks = new RequestChecks();
  if (reports.length > REPORTS_MAX) checks.fault('reports', `must be at most ${REPORTS_MAX}`);
  const healths = reports.map((report) => fromProtoReport(report, checks));
  checks.done();
  return new ReportHealthCommand(healths);
};

const fromProtoReport = (report: registryV1.HealthReport, checks: RequestChecks): Health => ({
  integrationId: fromProtoIntegrationId(report.integrationId, checks),
  credentialVersion: report.credentialVersion,
  lastSuccessAt: checks.instant('last_success_at', report.lastSuccessAt),
  lastUnauthorizedAt: checks.instant('last_unauthorized_at', report.lastUnauthorizedAt),
  lastForbiddenAt: checks.instant('last_forbidden_at', report.lastForbiddenAt),
  lastRateLimitedAt: checks.instant('last_rate_limited_at', report.lastRateLimitedAt),
});
