/** Jest's globalTeardown: stops what `global-setup.ts` started. */
const globalTeardown = async (): Promise<void> => {
  await globalThis.gatehouseTestServer?.stop();
  globalThis.gatehouseTestServer = undefined;
};

export default globalTeardown;
