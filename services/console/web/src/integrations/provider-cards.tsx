import { Link } from 'wouter';
import { pathOf } from '../api/api-client';
import { EmptyState } from '../ui/empty-state';
import { usePlace } from '../ui/list';
import { Refusal } from '../ui/notice';
import { SearchField } from '../ui/search-field';
import { describeProvider, type Provider, useProviders } from './providers';

interface ProviderCardsProps {
  /** The path under which each is connected, by its name. */
  readonly connectAt: string;
}

/** Every provider that can be connected. The catalog is small, and searched here. */
export const ProviderCards = ({ connectAt }: ProviderCardsProps) => {
  const providers = useProviders();
  const { search, setSearch } = usePlace();
  const found = providers.data?.data.filter((provider) => isFound(provider, search));
  return (
    <section className="stack" aria-label="Providers">
      <SearchField label="Search providers" value={search} onChange={setSearch} />
      <Refusal error={providers.error} />
      {providers.isPending && <p className="quiet">Loading…</p>}
      {found?.length === 0 && (
        <EmptyState title={`No provider is called “${search}”.`}>
          <p>
            Anything that speaks one of the known APIs connects as{' '}
            <Link href={pathOf(connectAt, 'self-hosted')}>self-hosted</Link>.
          </p>
        </EmptyState>
      )}
      <ul className="cards">
        {found?.map((provider) => (
          <ProviderCard key={provider.name} provider={provider} connectAt={connectAt} />
        ))}
      </ul>
    </section>
  );
};

/** Each of the words that are looked for. */
const isFound = (provider: Provider, search: string): boolean => {
  const text = `${provider.display_name} ${provider.name}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};

const ProviderCard = ({ provider, connectAt }: ProviderCardsProps & { readonly provider: Provider }) => (
  <li className="panel card">
    <span className="initial" aria-hidden="true">
      {provider.display_name.charAt(0)}
    </span>
    <h2>{provider.display_name}</h2>
    <p className="quiet">{describeProvider(provider)}</p>
    {provider.deprecated && <span className="badge warn">on its way out</span>}
    {!provider.callable && <span className="badge warn">cannot be called yet</span>}
    <Link
      className="button"
      href={pathOf(connectAt, provider.name)}
      aria-label={`Connect ${provider.display_name}`}
    >
      Connect
    </Link>
  </li>
);
