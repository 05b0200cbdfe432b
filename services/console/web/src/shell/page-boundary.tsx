import { Component, type ReactNode } from 'react';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';

interface PageBoundaryProps {
  readonly children: ReactNode;
}

/** A page that fails leaves the others usable. */
export class PageBoundary extends Component<PageBoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError = (): { failed: boolean } => ({ failed: true });

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="stack">
        <Notice tone="bad">This page could not be shown.</Notice>
        <Button onClick={() => window.location.reload()}>Load it again</Button>
      </div>
    );
  }
}
