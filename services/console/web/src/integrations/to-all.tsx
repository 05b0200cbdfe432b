import { Link } from 'wouter';

/** From a list to where one of it is begun. */
export const ToAll = () => (
  <p>
    <Link href="/integrations">Choose a provider under All</Link>
  </p>
);
