import type { ReactNode } from 'react';
import type { ApiError } from '../api/api-client';

interface NoticeProps {
  readonly tone?: 'good' | 'bad' | 'plain';
  readonly children: ReactNode;
}

/** A refusal is read out at once. */
export const Notice = ({ tone = 'plain', children }: NoticeProps) => (
  <div className={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    {children}
  </div>
);

interface RefusalProps {
  readonly error: ApiError | null | undefined;
  /** Fields that show their own faults. */
  readonly fields?: readonly string[];
}

/** What no field shows of a refusal; nothing where there is none. */
export const Refusal = ({ error, fields = [] }: RefusalProps) => {
  const words = error?.except(fields) ?? '';
  return words === '' ? null : <Notice tone="bad">{words}</Notice>;
};
