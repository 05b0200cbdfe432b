import { randomUUID } from 'node:crypto';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { newCommand, tokenBudget, usdBudget } from './control-plane';
import type { ControlPlane } from './control-plane';
import type { Product } from './product';
import { sharedProduct } from './shared-product';
import { newTeam } from './team';

const START_MS = 120_000;
const MODEL = 'sim-small;first=0;interval=0;completion=20';

describe('a budget is begun anew by two', () => {
  let product: Product;
  let second: ControlPlane;

  beforeAll(async () => {
    product = await sharedProduct();
    const { secret } = await product.operator.apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...newCommand(),
        organizationId: product.first.organization,
        role: provisioningV1.ApiKeyRole.ADMIN,
        name: `second admin ${randomUUID()}`,
      }),
    );
    second = product.control(secret);
  }, START_MS);

  /** What a refused command waits as. */
  const proposalOf = async (attempt: Promise<unknown>): Promise<string> => {
    const error: unknown = await attempt.then(
      () => 'it was done',
      (refused: unknown) => refused,
    );
    const { metadata } = error as { readonly metadata?: Readonly<Record<string, string>> };
    const proposal = metadata?.['proposal'];
    if (proposal === undefined) throw error;
    return proposal;
  };
  const approve = (by: ControlPlane, proposalId: string) =>
    by.approvals.approveProposal({ ...newCommand(), proposalId });
  const ask = (required: boolean) =>
    product.control().approvals.changeApproval({ ...newCommand(), required });

  it(
    'once, by its request, where the organization wants a second admin',
    async () => {
      const team = await newTeam(product, { models: [MODEL], limits: [tokenBudget(400n)] });
      const call = async () =>
        (
          await team.gateway.chat({
            model: team.model(),
            messages: [{ role: 'user', content: 'Go on.' }],
            max_tokens: 20,
          })
        )?.status;
      const { budgets } = product.control();
      const stands = async () => {
        const states = await budgets.listLimitStates({
          scopeIds: [],
          ...{ scopeId: team.provisionId, pageSize: 0, pageToken: '' },
        });
        return states.limits[0];
      };
      await ask(true);
      try {
        while ((await call()) === 200);
        const limitId = (await stands())?.limitId ?? '';
        const request = { ...newCommand(), limitId };
        const proposalId = await eventually(() => proposalOf(budgets.resetBudget(request)));
        expect(await call()).toBe(412);
        await expect(approve(product.control(), proposalId)).rejects.toMatchObject({
          reason: 'OWN_PROPOSAL',
        });
        const { proposal } = await approve(second, proposalId);
        expect(proposal?.status).toBe(provisioningV1.ProposalStatus.CARRIED_OUT);
        await eventually(async () => expect(await call()).toBe(200));
        // Whoever asked for it and asks again finds it done, and ends nothing more.
        const spent = (await stands())?.spent;
        await budgets.resetBudget(request);
        expect((await stands())?.spent).toBe(spent);
      } finally {
        await approve(second, await proposalOf(ask(false)));
      }
    },
    START_MS,
  );

  it(
    'or its calls are said to have cost less',
    async () => {
      const team = await newTeam(product, { models: [MODEL], limits: [usdBudget(1_000_000_000n)] });
      const control = product.control();
      const answered = await team.gateway.chat({
        ...{ model: team.model(), messages: [{ role: 'user', content: 'Go on.' }], max_tokens: 20 },
      });
      expect(answered?.status).toBe(200);
      const standing = async () => {
        const page = { scopeIds: [], scopeId: team.provisionId, pageSize: 0, pageToken: '' };
        return (await control.budgets.listLimitStates(page)).limits[0];
      };
      const record = await eventually(async () => {
        const [found] = await control.records(team.workspaceId);
        if (!found?.admittedAt || found.amountNanoUsd === undefined) throw new Error('no record yet');
        return { ...found, day: found.admittedAt.toISOString().slice(0, 10), cost: found.amountNanoUsd };
      });
      expect(record.cost).toBeGreaterThan(1n);
      const adjust = {
        ...newCommand(),
        ...{ usageRequestId: record.requestId, attempt: record.attempt, day: record.day, amountNanoUsd: 1n },
      };
      await ask(true);
      try {
        // Settled some seconds after the call, when its lease goes back.
        const proposalId = await eventually(() => proposalOf(control.usage.adjustUsage(adjust)), 40_000);
        expect((await standing())?.spent).toBe(record.cost);
        const { proposal } = await approve(second, proposalId);
        expect(proposal).toMatchObject({
          status: provisioningV1.ProposalStatus.CARRIED_OUT,
          command: { command: { $case: 'correctUsage' } },
        });
        expect((await standing())?.spent).toBe(1n);
        // The request itself is answered as if nobody had had to approve it.
        expect(await control.usage.adjustUsage(adjust)).toMatchObject({
          ...{ beforeNanoUsd: record.cost, amountNanoUsd: 1n },
        });
      } finally {
        await approve(second, await proposalOf(ask(false)));
      }
    },
    START_MS,
  );
});
