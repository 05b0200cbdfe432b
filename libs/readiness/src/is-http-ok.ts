/** Whether a URL answers with a status of success before the deadline. */
export const isHttpOk = async (url: string, deadlineMs: number): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(deadlineMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};
