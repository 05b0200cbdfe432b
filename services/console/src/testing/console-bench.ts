import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConsoleConfig } from '../console.config';
import { createConsole } from '../console-app';
import type { LoadedConsole } from '../doorway';

const NOBODY = '127.0.0.1:1';

/** What answers requests, behind a port of its own, with no services but those that are named. */
export class ConsoleBench {
  private constructor(
    private readonly loaded: LoadedConsole,
    private readonly server: Server,
  ) {}

  static async start(env: NodeJS.ProcessEnv = {}): Promise<ConsoleBench> {
    const loaded = await createConsole(
      readConsoleConfig({
        GATEHOUSE_HTTP_LISTEN: '127.0.0.1:0',
        GATEHOUSE_REGISTRY_ADDRESS: NOBODY,
        GATEHOUSE_PROVISIONING_ADDRESS: NOBODY,
        GATEHOUSE_METERING_ADDRESS: NOBODY,
        GATEHOUSE_AUDIT_ADDRESS: NOBODY,
        ...env,
      }),
    );
    const server = createServer(loaded.answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ConsoleBench(loaded, server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.loaded.close();
  }
}
