import { formatUsd } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';

/** An amount of what a limit counts, with its unit. */
export const amountIn = (unit: meteringV1.LimitUnit | undefined, amount: bigint): string => {
  if (unit === meteringV1.LimitUnit.NANO_USD) return `${formatUsd(amount)} USD`;
  return `${amount} ${unit === meteringV1.LimitUnit.TOKENS ? 'tokens' : 'requests'}`;
};
