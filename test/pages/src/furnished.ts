import { eventually } from '@gatehouse/kernel/testing';
import { Organization } from './organization';
import { sharedConsole, type SharedConsole } from './shared-console';
import { furnish } from './shown-pages';
import type { Visitor } from './visitor';

interface Named {
  readonly id: string;
  readonly name: string;
}

const COUNTERS = ['recent', 'minute', 'hour', 'day', 'margin_hour', 'margin_day'];

/** An organization with something on every page, its admin's browser, and what its admin may ask for beside the page. */
export class FurnishedConsole {
  private readonly workspaces = new Map<string, string>();

  private constructor(
    readonly shared: SharedConsole,
    readonly organization: Organization,
    readonly admin: Visitor,
    /** The path of an integration. */
    readonly one: string,
  ) {}

  static async enter(): Promise<FurnishedConsole> {
    const shared = await sharedConsole();
    const organization = await Organization.found(shared.product);
    const { one } = await furnish(organization, `${shared.product.first.simulator}/v1`);
    const admin = await shared.visitor({}, organization.adminKey);
    const entered = new FurnishedConsole(shared, organization, admin, one);
    const { data } = await entered.rest<{ data: readonly Named[] }>('GET', '/v1/admin/workspaces');
    for (const { id, name } of data) entered.workspaces.set(name, id);
    return entered;
  }

  workspace(name: string): string {
    return this.workspaces.get(name) ?? '';
  }

  async rest<Answer = object>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.shared.product.gatewayUrl}${path}`, {
      method,
      headers: { 'x-portkey-api-key': this.organization.adminKey, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  row(text: string | RegExp) {
    return this.admin.page.getByRole('row').filter({ hasText: text });
  }

  get dialog() {
    return this.admin.page.getByRole('dialog');
  }

  /** Until what a dialog asked for is made. */
  async closed(): Promise<void> {
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** Calls a model as a developer of a workspace, once it can be called. */
  async call(workspace: string, model: string): Promise<void> {
    const gateway = await this.shared.product.gateway(
      await this.organization.developerKey(this.workspace(workspace)),
    );
    const messages = [{ role: 'user', content: 'Hello' }];
    await eventually(async () => {
      const answer = await gateway.chat({ model, max_tokens: 8, messages });
      expect([answer?.status, answer?.text]).toEqual([200, answer?.text]);
    }, 20_000);
  }

  /** Has what the organization has called counted as some days before, so that it is of a period that is over. */
  async countDaysBefore(days: number, calls: number): Promise<void> {
    await eventually(async () => {
      const { rows } = await this.rest<{ rows: { requests: number }[] }>('GET', '/v1/gatehouse/usage');
      expect(rows[0]?.requests).toBe(calls);
    }, 30_000);
    await this.shared.product.database(async (client) => {
      await client.query('BEGIN');
      for (const counter of COUNTERS)
        await client.query(
          `UPDATE metering.usage_${counter} SET begins = begins - make_interval(days => $1)
           WHERE series_id IN (SELECT series_id FROM metering.usage_series WHERE organization_id = $2)`,
          [days, this.organization.id],
        );
      await client.query('COMMIT');
    });
  }
}
