import { itWalksEverySentence } from './sentences';
import { stopSharedConsole } from './shared-console';
// Each describes its scenes when it is loaded. The guide comes first: it begins where nothing is connected.
import './guide.scenes';
import './team.scenes';
import './previews.scenes';
import './integration.scenes';
import './another-admin.scenes';
import './in-between.scenes';
import './another-tab.scenes';
import './history.scenes';
import './own-provider.scenes';
import './canaries.scenes';
import './accessibility.scenes';
import './markup.scenes';
import './other-sites.scenes';
// Last: the product starts again for it.
import './single-sign-on.scenes';

itWalksEverySentence();

const STOP_MS = 60_000;

afterAll(stopSharedConsole, STOP_MS);
