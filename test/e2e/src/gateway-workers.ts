const VARIABLE = 'GATEHOUSE_TEST_WORKERS';

const workersGiven = (): number => {
  const text = process.env[VARIABLE] ?? '1';
  const workers = Number(text);
  if (!Number.isSafeInteger(workers) || workers < 1) throw new Error(`${VARIABLE} is not a count: ${text}`);
  return workers;
};

/** Workers of every gateway that this run starts: as GATEHOUSE_TEST_WORKERS says, and else one. */
export const gatewayWorkers = workersGiven();

/** By which they are told; nothing where they are as a user starts them. */
export const workersEnv: NodeJS.ProcessEnv =
  gatewayWorkers > 1 ? { GATEHOUSE_WORKERS: String(gatewayWorkers) } : {};
