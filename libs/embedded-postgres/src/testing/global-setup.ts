import { startTestServer, TEST_SERVER_VARIABLE, type TestServer } from './test-server';

declare global {
  var gatehouseTestServer: TestServer | undefined;
}

/** Jest's globalSetup, in every project's configuration; with several projects it still runs once. */
const globalSetup = async (): Promise<void> => {
  if (globalThis.gatehouseTestServer) return;
  globalThis.gatehouseTestServer = await startTestServer();
  process.env[TEST_SERVER_VARIABLE] = globalThis.gatehouseTestServer.address;
};

export default globalSetup;
