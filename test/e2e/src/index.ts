export { attemptOf } from './accounts';
export { ControlPlane, newCommand, requestsPerMinute, tokenBudget, usdBudget } from './control-plane';
export { type ChatAnswer, errorOf, GatewayClient } from './gateway-client';
export { IdentityProvider, personAt } from './identity-provider';
export { processTree } from './process-tree';
export { Product } from './product';
export { type BookRow, ProviderBook } from './provider-book';
export { idOf, modelNamed, newTeam, type Team } from './team';
export { Twin } from './twin';
