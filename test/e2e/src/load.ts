import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { newCommand } from './control-plane';
import type { ChatAnswer } from './gateway-client';
import type { Product } from './product';
import type { Team } from './team';

const OUTAGE_PAUSE_MS = 50;
const CHANGE_PAUSE_MS = 200;
const OUTPUT_TOKENS = 100;

export interface LoadOptions {
  /** How many call models, plain and streaming by turns. */
  readonly clients: number;
  /** How many create workspaces. */
  readonly admins: number;
  /** Between two calls of a client, in milliseconds; none by default. */
  readonly pauseMs?: number;
}

/** Clients and admins who go on whatever breaks, and what they were told. */
export class Load {
  /** Answers with status 200. */
  readonly answers: ChatAnswer[] = [];
  /** Request ids of commands that were acknowledged, with the workspace that each made. */
  readonly acknowledged = new Map<string, string>();
  private running = true;
  private readonly workers: readonly Promise<void>[];

  private constructor(
    private readonly product: Product,
    private readonly team: Team,
    { clients, admins, pauseMs = 0 }: LoadOptions,
  ) {
    this.workers = [
      ...Array.from({ length: clients }, (_, client) => this.callModels(client, pauseMs)),
      ...Array.from({ length: admins }, (_, admin) => this.changeThings(admin)),
    ];
  }

  static start(product: Product, team: Team, options: LoadOptions): Load {
    return new Load(product, team, options);
  }

  /** Ends when everything under way has its answer; rejects when a command was refused. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }

  private async callModels(client: number, pauseMs: number): Promise<void> {
    for (let call = 0; this.running; call++) {
      const answer = await this.team.gateway.chat({
        model: this.team.model(),
        messages: [{ role: 'user', content: `Client ${client}, call ${call}` }],
        max_tokens: OUTPUT_TOKENS,
        stream: (client + call) % 2 === 0,
      });
      if (answer?.status === 200) this.answers.push(answer);
      await sleep(answer?.status === 200 ? pauseMs : OUTAGE_PAUSE_MS);
    }
  }

  /** Repeats each command under its request id until it is acknowledged, as a careful script does. */
  private async changeThings(admin: number): Promise<void> {
    for (let change = 0; this.running; change++) {
      const command = { ...newCommand('made under fire'), requestId: randomUUID() };
      const name = `Workspace ${admin}.${change}`;
      while (
        !(await this.created(provisioningV1.CreateWorkspaceRequest.fromPartial({ ...command, name }))) &&
        this.running
      ) {
        await sleep(OUTAGE_PAUSE_MS);
      }
      await sleep(CHANGE_PAUSE_MS);
    }
  }

  /** False while nobody is there to do it. Anything else is a fault: nobody's death is a reason to refuse a command. */
  private async created(
    request: Parameters<ReturnType<Product['control']>['workspaces']['createWorkspace']>[0],
  ): Promise<boolean> {
    try {
      const { workspace } = await this.product.control().workspaces.createWorkspace(request);
      this.acknowledged.set(request.requestId, workspace?.id ?? '');
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') return false;
      throw error;
    }
  }
}
