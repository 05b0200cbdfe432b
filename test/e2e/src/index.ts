export { newCommand, requestsPerMinute, usdBudget } from './control-plane';
export { GatewayClient } from './gateway-client';
export { processTree } from './process-tree';
export { Product } from './product';
export { modelNamed, newTeam, type Team } from './team';
export { Twin } from './twin';
