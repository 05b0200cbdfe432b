import { ApprovalRequired, approvalWanted } from '@gatehouse/approval';
import { callerOf, keyOf, requirementAt, rpcOf } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { metadataOf } from '@gatehouse/platform';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { ProposeChangeCommand } from '../../app/approval/propose-change.handler';
import { CredentialApprovalRequired } from '../../app/integration/proposed-credential';
import { proposedAt } from './proposable-commands';

/** Makes a proposal of a command that wants somebody else's approval, at provisioning. Its answer is a refusal that says so. */
@Injectable()
export class ProposalsInterceptor implements NestInterceptor {
  constructor(private readonly commands: CommandBus) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (!(error instanceof ApprovalRequired)) return throwError(() => error);
        return from(this.propose(context, error)).pipe(mergeMap((refusal) => throwError(() => refusal)));
      }),
    );
  }

  /** What cannot be proposed is refused all the same. */
  private async propose(context: ExecutionContext, error: ApprovalRequired): Promise<AppError> {
    const args = context.getArgs<object[]>();
    const [request, call] = [args[0] as { requestId: string; reason: string }, args.at(-1)];
    const rpc = rpcOf(context.getHandler());
    const command = rpc && proposedAt(rpc, request);
    const caller = call && callerOf(call);
    const key = caller && keyOf(caller.principal);
    if (!rpc || !command || !caller || !key) return error;
    const { requestId, reason } = request;
    const origin = { caller, organizationId: key.organizationId, requestId, reason };
    const metadata = metadataOf({ ...origin, command: 'ProposeChange' });
    const { credential, secretId } = error instanceof CredentialApprovalRequired ? error : NO_CREDENTIAL;
    const scopes = requirementAt(rpc.path)?.scopes ?? [];
    const wanted = { command, credential, judged: error.judged, scopes };
    return approvalWanted(await this.commands.execute(new ProposeChangeCommand(metadata, wanted, secretId)));
  }
}

const NO_CREDENTIAL = { credential: undefined, secretId: undefined };
