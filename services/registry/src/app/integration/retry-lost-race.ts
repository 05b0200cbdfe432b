import { AppError } from '@gatehouse/kernel';

const ATTEMPTS_MAX = 5;

/** Tries again what lost a race for one of these reasons, a few times. */
export const retryLostRace = async <Result>(
  reasons: readonly string[],
  attempt: () => Promise<Result>,
): Promise<Result> => {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const lostRace = error instanceof AppError && reasons.includes(error.reason);
      if (!lostRace || attempts >= ATTEMPTS_MAX) throw error;
    }
  }
};
