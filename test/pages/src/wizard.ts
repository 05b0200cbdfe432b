import type { Visitor } from './visitor';

export interface Details {
  readonly provider: string;
  readonly name: string;
  readonly slug?: string;
  /** Given, it is privately hosted there. */
  readonly host?: string;
  /** By the form's labels. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** The three steps, as somebody takes them who looks at labels. */
export class Wizard {
  constructor(private readonly visitor: Visitor) {}

  private get page() {
    return this.visitor.page;
  }

  async begin({ provider, name, slug, host, fields = {} }: Details): Promise<void> {
    await this.visitor.open(`/integrations/connect/${provider}`);
    await this.page.getByLabel('Integration Name').fill(name);
    if (slug !== undefined) await this.page.getByLabel('Slug', { exact: true }).fill(slug);
    const local = this.visitor.toggle('Local/Privately hosted provider');
    if (host !== undefined && (await local.getAttribute('aria-checked')) === 'false') await local.click();
    if (host !== undefined) await this.page.getByLabel('Custom Host').fill(host);
    for (const [label, value] of Object.entries(fields)) await this.field(label).fill(value);
  }

  /** Its label may go on to say that it is optional. */
  field(label: string) {
    return this.page.getByLabel(new RegExp(`^${label}( \\(optional\\))?$`));
  }

  async next(): Promise<void> {
    await this.visitor.button('Next').click();
  }

  /** To the workspaces, over the credential, which is sealed then. */
  async toWorkspaces(): Promise<void> {
    await this.next();
    await this.page.getByRole('heading', { name: 'Workspace Provisioning' }).waitFor();
  }

  /** Once nothing else is listed: who clicks before that clicks where it was, and not where it goes. */
  async choose(workspace: string): Promise<void> {
    await this.page.getByLabel('Search workspace').fill(workspace);
    const listed = this.page.getByRole('list', { name: 'Workspaces' }).getByRole('listitem');
    await listed.filter({ hasNotText: workspace }).first().waitFor({ state: 'detached' });
    await this.visitor.toggle(workspace).click();
  }

  async editLimits(workspace: string): Promise<void> {
    await this.visitor.button(`Edit Budget & Rate Limits of ${workspace}`).click();
    await this.page.getByRole('dialog').waitFor();
  }

  async toModels(): Promise<void> {
    await this.next();
    await this.page.getByRole('heading', { name: 'Model Provisioning' }).waitFor();
  }

  async addModel(name: string): Promise<void> {
    await this.visitor.button('+ Add Model').click();
    await this.page.getByLabel('Model Slug').last().fill(name);
    await this.page.getByLabel('Input Cost ($)').last().fill('0.50');
    await this.page.getByLabel('Output Cost ($)').last().fill('2.00');
  }

  /** Answers the new integration's id, once its page is there. */
  async create(): Promise<string> {
    await this.visitor.button('Create Integration').click();
    const refusal = this.page.getByRole('alert');
    await this.page.getByText('Created.').or(refusal).first().waitFor();
    if ((await refusal.count()) > 0) throw new Error(`refused: ${await refusal.first().textContent()}`);
    return /\/integrations\/([^/?]+)/.exec(this.page.url())?.[1] ?? '';
  }
}
