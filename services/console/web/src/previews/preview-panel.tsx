import type { ReactNode } from 'react';

interface PreviewPanelProps {
  readonly title: string;
  readonly busy: boolean;
  readonly children: ReactNode;
}

/**
 * What is said of a change before it is made. It comes while somebody fills in the form around it: it is as high before as after, or
 * what they are about to press would move away.
 */
export const PreviewPanel = ({ title, busy, children }: PreviewPanelProps) => (
  <section
    className="panel stack tight preview"
    aria-label="Preview"
    aria-live="polite"
    aria-busy={busy}
    tabIndex={0}
  >
    <h3>{title}</h3>
    {children}
  </section>
);
