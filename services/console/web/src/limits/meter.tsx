import { Meter as Base } from '@base-ui/react/meter';
import type { StandingLimitAnswer } from '@gatehouse/console/standing/standing-limit.schema';

interface MeterProps {
  readonly label: string;
  readonly limit: Pick<StandingLimitAnswer, 'amount' | 'left'>;
}

/** How much of a limit is spent or held, as a picture: a share, which no money is reckoned by. */
export const Meter = ({ label, limit: { amount, left } }: MeterProps) => {
  const whole = Number(amount);
  const percent = whole > 0 ? Math.min(100, Math.max(0, Math.round((1 - Number(left) / whole) * 100))) : 100;
  return (
    <Base.Root value={percent} aria-label={`Used of the ${label}`} className="meter-with-figure">
      <svg
        className={`meter ${percent >= 100 ? 'full' : ''}`}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <rect className="meter-ground" width="100" height="8" />
        <rect className="meter-used" width={percent} height="8" />
      </svg>
      <span>{percent === 0 && Number(left) < whole ? '< 1' : percent} %</span>
    </Base.Root>
  );
};
