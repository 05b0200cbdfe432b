export { newCommand, usdBudget } from './control-plane';
export { GatewayClient } from './gateway-client';
export { Product } from './product';
export { modelNamed, newTeam, type Team } from './team';
export { Twin } from './twin';
