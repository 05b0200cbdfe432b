import type { CatalogProviderAnswer } from '@gatehouse/console/catalog/catalog.schema';
import { useAnswer } from '../api/answers';
import type { Listed } from '../ui/list';
import { counted } from '../ui/words';

export type Provider = CatalogProviderAnswer;

/** The whole catalog, in the order of the providers' names. */
export const useProviders = () => useAnswer<Listed<Provider>>('/v1/gatehouse/providers');

/** `OpenAI` for `openai`; the name itself until the catalog is there. */
export const useDisplayName = (): ((provider: string) => string) => {
  const providers = useProviders();
  const names = new Map(providers.data?.data.map(({ name, display_name }) => [name, display_name]));
  return (provider) => names.get(provider) ?? provider;
};

/** `Chat completions, embeddings and images; 12 models with prices`. */
export const describeProvider = ({ endpoints, model_count: models, self_hosted: own }: Provider): string => {
  const calls = endpoints.map((kind) => kind.replaceAll('-', ' ')).join(', ');
  const what = [
    calls.charAt(0).toUpperCase() + calls.slice(1),
    own ? 'on a host of your own' : '',
    !own && models > 0 ? `${counted(models, 'model')} known` : '',
  ];
  return what.filter((part) => part !== '').join('; ');
};
