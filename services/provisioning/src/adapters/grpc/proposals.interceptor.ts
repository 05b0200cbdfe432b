import { ApprovalRequired, approvalWanted } from '@gatehouse/approval';
import { callerOf, keyOf, requirementAt, rpcOf } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { metadataOf } from '@gatehouse/platform';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { ProposeChangeCommand } from '../../app/proposal/propose-change.handler';
import { spellStatus } from './approval-conversion';
import { proposedAt } from './proposable-commands';

/** Makes a proposal of a command that wants somebody else's approval. Its answer is a refusal that says so. */
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
    const path = rpcOf(context.getHandler())?.path ?? '';
    const command = proposedAt(path, request);
    const caller = call && callerOf(call);
    const key = caller && keyOf(caller.principal);
    if (command === undefined || !caller || !key) return error;
    const { requestId, reason } = request;
    const origin = { caller, organizationId: key.organizationId, requestId, reason };
    const metadata = metadataOf({ ...origin, command: 'ProposeChange' });
    const scopes = requirementAt(path)?.scopes ?? [];
    const wanted = { command, judged: error.judged, scopes };
    const proposal = await this.commands.execute(new ProposeChangeCommand(metadata, wanted));
    return approvalWanted({ ...proposal, status: spellStatus(proposal.status) });
  }
}
