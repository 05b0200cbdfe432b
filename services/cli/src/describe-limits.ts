import { formatUsd } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';

/** Limits as a person says them, one a line. */
export const describeLimits = (limits: readonly typeV1.Limit[]): string =>
  limits.length === 0 ? 'no limits' : limits.map(describeLimit).join('\n');

/** A raise that has ended is none. */
const describeLimit = (limit: typeV1.Limit): string => {
  const { raise } = limit;
  if (!raise?.until || raise.until <= new Date()) return describeKind(limit);
  const isUsd = limit.kind?.$case === 'budget' && limit.kind.value.amount?.$case === 'nanoUsd';
  const more = isUsd ? `${formatUsd(raise.more)} USD` : raise.more;
  return `${describeKind(limit)}, ${more} more until ${raise.until.toISOString()}`;
};

const describeKind = ({ kind }: typeV1.Limit): string => {
  switch (kind?.$case) {
    case 'budget':
      return `${describeAmount(kind.value)} ${describeReset(kind.value.reset)}${describeCalendar(kind.value.reset)}${kind.value.strict ? ', strict' : ''}${describeAlerts(kind.value)}`;
    case 'rateLimit': {
      const unit = kind.value.unit === typeV1.RateUnit.REQUESTS ? 'requests' : 'tokens';
      return `${kind.value.quota} ${unit} per ${typeV1.RateWindow[kind.value.window].toLowerCase()}`;
    }
    case undefined:
      return 'unknown limit';
  }
};

const describeAlerts = ({ alerts }: typeV1.Budget): string => {
  if (!alerts) return '';
  return alerts.percents.length === 0 ? ', told at no share' : `, told at ${alerts.percents.join(', ')} %`;
};

const describeAmount = ({ amount }: typeV1.Budget): string =>
  amount?.$case === 'nanoUsd' ? `${formatUsd(amount.value)} USD` : `${amount?.value ?? '?'} tokens`;

const describeCalendar = (reset: typeV1.ResetRule | undefined): string => {
  const day = reset?.weekday === undefined ? '' : `, from ${typeV1.Weekday[reset.weekday].toLowerCase()}`;
  return reset?.timeZone === undefined ? day : `${day}, in ${reset.timeZone}`;
};

const describeReset = (reset: typeV1.ResetRule | undefined): string => {
  switch (reset?.period) {
    case typeV1.ResetPeriod.NEVER:
      return 'in all';
    case typeV1.ResetPeriod.WEEKLY:
      return 'a week';
    case typeV1.ResetPeriod.MONTHLY:
      return 'a month';
    case typeV1.ResetPeriod.DAYS:
      return `every ${reset.everyDays} days`;
    case typeV1.ResetPeriod.UNSPECIFIED:
    case undefined:
    default:
      return '';
  }
};
