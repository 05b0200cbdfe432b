import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Furnished, ShownPage } from './shown-pages';

/** What a browser says when an answer was a refusal, which is no fault of the page. */
const REFUSAL = /^Failed to load resource: the server responded with a status of 4\d\d/;
const PATIENCE_MS = 20_000;

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Somebody with a browser of their own. What the page does wrong is kept, and told by {@link faults}. */
export class Visitor {
  readonly faults: string[] = [];
  /** What the page has sent and got, heads and bodies, in their order; of heads not what is the browser's own, as cookies. */
  readonly traffic: { readonly url: string; readonly sent: string; readonly got: string }[] = [];

  private constructor(
    private readonly console: string,
    private readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async come(
    browser: Browser,
    console: string,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const visitor = new Visitor(console, context, await context.newPage());
    visitor.listen();
    return visitor;
  }

  private listen(): void {
    this.page.on('pageerror', (error) => this.faults.push(String(error)));
    this.page.on('dialog', (dialog) => {
      this.faults.push(`a script of others ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.page.on('console', (message) => {
      if (message.type() === 'error' && !REFUSAL.test(message.text())) this.faults.push(message.text());
    });
    this.page.on('response', async (response) => {
      if (!/\/(v1|session)/.test(response.url())) return;
      const request = response.request();
      const sent = JSON.stringify(request.headers()) + (request.postData() ?? '');
      const got = JSON.stringify(response.headers()) + (await response.text().catch(() => ''));
      this.traffic.push({ url: response.url(), sent, got });
    });
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.console + path);
  }

  /** Until what is on it has come. */
  async show({ path, waitFor }: Omit<ShownPage, 'name'>, furnished: Furnished): Promise<void> {
    await this.open(path(furnished));
    await this.page.getByText(waitFor).first().waitFor();
  }

  async signIn(key: string): Promise<void> {
    await this.open('/');
    await this.presentKey(key);
  }

  /** On the page that asks for it. */
  async presentKey(key: string): Promise<void> {
    await this.page.getByLabel('Key').fill(key);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.page.locator('#content').waitFor();
  }

  /** All that is shown, typed and kept in the page and its browser, with the addresses of where it has been. */
  async everywhere(): Promise<string> {
    const devTools = await this.context.newCDPSession(this.page);
    const { entries } = await devTools.send('Page.getNavigationHistory');
    await devTools.detach();
    const kept = await this.page.evaluate(async () => {
      const fields = [...document.querySelectorAll<HTMLInputElement>('input, textarea, select')];
      return [
        document.documentElement.outerHTML,
        ...fields.map(({ value }) => value),
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, window.name]),
        JSON.stringify([await indexedDB.databases(), await caches.keys()]),
        location.href,
        document.cookie,
      ].join('\n');
    });
    return [kept, ...entries.map(({ url }) => url)].join('\n');
  }

  /** What a browser keeps of a session. */
  async sessionCookie() {
    const cookies = await this.context.cookies();
    return cookies.find(({ name }) => name === '__Host-gatehouse-session');
  }

  /** As somebody does who can write to the browser's cookies. */
  async plant(cookie: Parameters<BrowserContext['addCookies']>[0][number]): Promise<void> {
    await this.context.addCookies([cookie]);
  }

  button(name: string | RegExp) {
    return this.page.getByRole('button', { name, exact: true });
  }

  tab(name: string) {
    return this.page.getByRole('tab', { name, exact: true });
  }

  toggle(name: string | RegExp) {
    return this.page.getByRole('switch', { name, exact: true });
  }

  /** Serious faults of accessibility on what is shown. */
  async accessibilityFaults(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}
