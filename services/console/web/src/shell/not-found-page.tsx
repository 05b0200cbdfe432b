import { Link } from 'wouter';
import { EmptyState } from '../ui/empty-state';

export const NotFoundPage = () => (
  <EmptyState title="There is nothing here.">
    <p>
      <Link href="/">Go to the first page</Link>
    </p>
  </EmptyState>
);
