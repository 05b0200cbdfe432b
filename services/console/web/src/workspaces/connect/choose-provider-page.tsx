import { Link } from 'wouter';
import { ProviderCards } from '../../integrations/provider-cards';

/** Where the organization lets them, workspaces connect providers of their own. */
export const ChooseProviderPage = () => (
  <div className="stack">
    <nav aria-label="Breadcrumb" className="quiet">
      <Link href="/workspace">Workspace</Link> / Connect a provider
    </nav>
    <header className="stack tight">
      <h1>Connect a provider</h1>
      <p className="quiet">
        For this workspace alone. Admins of the organization see it, and govern it as they do their own.
      </p>
    </header>
    <ProviderCards connectAt="/workspace/connect" />
  </div>
);
