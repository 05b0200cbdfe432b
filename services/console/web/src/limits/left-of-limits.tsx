import type { ApplyingLimitAnswer } from '@gatehouse/console/access/access.schema';
import { amountInWords, limitInWords } from './limit-words';
import { moment, UNKNOWN } from '../ui/words';

interface LeftOfLimitsProps {
  readonly limits: readonly ApplyingLimitAnswer[];
}

const HOLDERS: Readonly<Record<string, string>> = {
  provision: 'of this workspace with it',
  workspace: 'of the workspace',
  'api-key': 'of the key',
  'workspace-key': 'of each key',
  integration: 'of the integration',
  organization: 'of the organization',
};

/** Whatever has to have room for a call, and how much it has. */
export const LeftOfLimits = ({ limits }: LeftOfLimitsProps) =>
  limits.length === 0 ? (
    <span className="quiet">no limits</span>
  ) : (
    <ul>
      {limits.map((limit) => (
        <li key={`${limit.scope_id} ${limit.id}`}>
          {limit.left === null ? UNKNOWN : amountInWords(limit.unit, limit.left)} of {limitInWords(limit)}{' '}
          <span className="quiet">
            {HOLDERS[limit.scope ?? ''] ?? ''}
            {limit.resets_at !== null && `, until ${moment(limit.resets_at)}`}
            {limit.exhausted === true && ', exhausted'}
          </span>
        </li>
      ))}
    </ul>
  );
