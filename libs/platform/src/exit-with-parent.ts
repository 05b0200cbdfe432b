/** How long an orderly end may take once the parent is gone. */
const GRACE_MS = 3_000;

/**
 * A child of the launcher ends when the launcher does, also when that was killed: its end closes the channel between
 * them. Without a channel this does nothing.
 */
export const exitWithParent = (close: () => Promise<unknown>): void => {
  if (process.env['GATEHOUSE_EXIT_WITH_PARENT'] !== '1' || !process.connected) return;
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    void close().finally(() => process.exit(0));
  });
};
