import { type Caller, callerOf, type CommandDigest, isRequestId, rpcOf } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import type { CommandRequest, CommandRequests } from './command-requests';
import type { ServiceLog } from './service-log';

/**
 * Holds every command to its request id: the same id with the same content goes on to the handler, which answers as
 * before; with another content it is CONFLICT `REQUEST_ID_REUSED`, and the handler is not asked. What was refused gives its id
 * back, unless a proposal was made of it.
 */
export class CommandRequestsInterceptor implements NestInterceptor {
  constructor(
    private readonly requests: CommandRequests,
    private readonly digest: CommandDigest,
    private readonly log: ServiceLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = this.requestOf(context);
    if (request === undefined) return next.handle();
    return defer(() => this.run(request, () => lastValueFrom(next.handle())));
  }

  /** Undefined for what is no command, and for a malformed id, which the handler refuses. */
  private requestOf(context: ExecutionContext): CommandRequest | undefined {
    const rpc = rpcOf(context.getHandler());
    const args = context.getArgs<object[]>();
    const [message, call] = [args[0] as Readonly<Record<string, unknown>>, args.at(-1)];
    const requestId = message['requestId'];
    if (rpc === undefined || call === undefined || !isRequestId(requestId)) return undefined;
    return {
      scopes: scopesOf(callerOf(call), message['organizationId']),
      requestId,
      command: rpc.path,
      digest: this.digest.of(rpc, message),
    };
  }

  private async run(request: CommandRequest, command: () => Promise<unknown>): Promise<unknown> {
    const taken = await this.requests.claim(request);
    let answer: unknown;
    try {
      answer = await command();
    } catch (error) {
      // What ended unclear may have happened: the id stays with its content, which may be asked again.
      const refused = error instanceof AppError && error.code !== 'UNAVAILABLE';
      if (refused && isProposed(error)) await this.quietly(() => this.requests.done(request));
      else if (refused) await this.quietly(() => this.requests.release(request, taken));
      throw error;
    }
    await this.quietly(() => this.requests.done(request));
    return answer;
  }

  /** What happened has to be told, whatever becomes of the note: at worst the id stays with this content. */
  private async quietly(note: () => Promise<void>): Promise<void> {
    try {
      await note();
    } catch (error) {
      this.log.warn({ err: error }, 'the end of a command could not be noted');
    }
  }
}

/**
 * Whether it became a proposal, which is to be carried out under its id: another content that took the id meanwhile would be found as what was
 * approved. As what was done keeps its id for ever, so does this, whatever becomes of the proposal.
 */
const isProposed = ({ reason, metadata }: AppError): boolean =>
  reason === 'APPROVAL_REQUIRED' && metadata['proposal'] !== undefined;

/** The operator's ids are the operator's own, and count in the organization that a request is about as well. */
const scopesOf = ({ principal }: Caller, about: unknown): readonly string[] => {
  if ('organizationId' in principal) return [principal.organizationId];
  return isOrganizationId(about) ? ['', about] : [''];
};

const isOrganizationId = (value: unknown): value is string =>
  typeof value === 'string' && /^org_[0-9a-z]{26}$/.test(value);
