import type { Promised } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import type { AnswerShape } from '@gatehouse/offering';
import type { ServiceLog } from '@gatehouse/platform';
import { enumWords, type gatewayV1, typeV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  type ConnectionReport,
  type ConnectionTarget,
  Egress,
  type LiveModels,
} from '../../app/connection/egress.ports';
import { toProtoCredentialUse } from '../grpc/credential-use-conversion';
import { toProtoSealedCredential } from '../grpc/sealed-credential-conversion';

/** A token is fetched, and the provider asked twice; each of these ends within eight seconds. */
const DEADLINE_MS = 30_000;

/** Asks a gateway. */
export class GrpcEgress extends Egress implements OnApplicationShutdown {
  constructor(
    private readonly rpc: Pick<
      Promised<gatewayV1.EgressServiceClient>,
      'testConnection' | 'listModels' | 'close'
    >,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.rpc.close();
  }

  async test(target: ConnectionTarget): Promise<ConnectionReport> {
    const request = { target: toProtoTarget(target) };
    const { result } = await this.asked(() => this.rpc.testConnection(request, { deadlineMs: DEADLINE_MS }));
    return fromProtoResult(result);
  }

  async listModels(target: ConnectionTarget): Promise<LiveModels> {
    const request = { target: toProtoTarget(target) };
    const answer = await this.asked(() => this.rpc.listModels(request, { deadlineMs: DEADLINE_MS }));
    return { report: fromProtoResult(answer.result), modelNames: answer.modelNames };
  }

  private async asked<R>(ask: () => Promise<R>): Promise<R> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) throw error;
      this.log.warn({ err: error }, 'no gateway could be asked to try a credential');
      throw new AppError('UNAVAILABLE', 'EGRESS_UNAVAILABLE');
    }
  }
}

const toProtoTarget = ({ sealed, use, baseUrl, probe }: ConnectionTarget): gatewayV1.Target => ({
  sealed: toProtoSealedCredential(sealed),
  use: toProtoCredentialUse(use),
  baseUrl,
  probe: { path: probe.path, shape: SHAPE[probe.shape], headers: probe.headers ?? {} },
});

const fromProtoResult = (result: typeV1.ConnectionResult | undefined): ConnectionReport => {
  if (result === undefined) throw new Error('a gateway told no result');
  return { ...result, outcome: typeV1.ConnectionOutcome[result.outcome] ?? 'UNSPECIFIED' };
};

const SHAPE: Readonly<Record<AnswerShape, typeV1.AnswerShape>> = enumWords(typeV1.AnswerShape);
