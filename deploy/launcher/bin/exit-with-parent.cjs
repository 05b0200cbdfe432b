// Loaded into every child of the launcher. The channel between the two closes when the launcher ends, also when it was
// killed; the child then ends in its own way, or without more ado when that takes too long.
const GRACE_MS = 5_000;

process.once('disconnect', () => {
  setTimeout(() => process.exit(1), GRACE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
// Listening alone must not keep a child alive that has nothing else to do.
process.channel?.unref();
// A signal by which whoever runs as this user, a worker of the gateway too, could have Node open its debugger here.
process.on('SIGUSR1', () => undefined);
