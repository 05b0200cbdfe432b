/** Answers of things between us and the model: whether it ran, and was billed, they do not know. */
const IN_DOUBT: ReadonlySet<number> = new Set([408, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527]);

/** Of a status of 400 and above: whether it leaves open that something was generated. */
export const leavesDoubt = (status: number): boolean => IN_DOUBT.has(status);
