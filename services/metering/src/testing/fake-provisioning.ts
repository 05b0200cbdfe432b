import { deriveId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

type Propose = handleUnaryCall<provisioningV1.ProposeResetRequest, provisioningV1.ProposeResetResponse>;
type Correct = handleUnaryCall<
  provisioningV1.ProposeCorrectionRequest,
  provisioningV1.ProposeCorrectionResponse
>;

/** Provisioning as far as it makes proposals of resets and corrections, up or down as the spec says. */
export class FakeProvisioning {
  readonly proposed: provisioningV1.ProposeResetRequest[] = [];
  readonly corrections: provisioningV1.ProposeCorrectionRequest[] = [];
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeProvisioning> {
    const provisioning = new FakeProvisioning();
    provisioning.server.addService(provisioningV1.ProposalServiceService, {
      proposeReset: (...[call, respond]: Parameters<Propose>) => provisioning.propose(call, respond),
      proposeCorrection: (...[call, respond]: Parameters<Correct>) => provisioning.correct(call, respond),
    });
    const port = await new Promise<number>((resolve, reject) =>
      provisioning.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    provisioning.address = `127.0.0.1:${port}`;
    return provisioning;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private propose(...[{ request }, respond]: Parameters<Propose>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.proposed.push(request);
    respond(null, openProposal(request.reset?.request?.requestId));
  }

  private correct(...[{ request }, respond]: Parameters<Correct>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.corrections.push(request);
    respond(null, openProposal(request.correction?.correction?.value.request?.requestId));
  }
}

const openProposal = (requestId = '') => ({
  proposalId: deriveId('prp', requestId),
  status: provisioningV1.ProposalStatus.OPEN,
  expiresAt: new Date(Date.now() + 7 * 24 * 3_600_000),
});
