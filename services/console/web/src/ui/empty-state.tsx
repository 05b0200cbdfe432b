import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  /** What to do about it. */
  readonly children?: ReactNode;
}

export const EmptyState = ({ title, children }: EmptyStateProps) => (
  <div className="empty">
    <p className="empty-title">{title}</p>
    {children}
  </div>
);
