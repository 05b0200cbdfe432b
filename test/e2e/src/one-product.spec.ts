import { stopSharedProduct } from './shared-product';
// Each describes its scenes when it is loaded. First those that look at what the whole product has said or holds.
import './trust.scenes';
import './bad-input-grpc.scenes';
import './bad-input-http.scenes';
import './revocation.scenes';
import './model-prices.scenes';
import './deletion.scenes';
import './key-uses.scenes';
import './previews.scenes';
import './budget-bound.scenes';
import './approved-reset.scenes';
import './books-by-hand.scenes';
import './sdks.scenes';
import './connecting.scenes';
import './connection-test.scenes';
import './tls.scenes';
import './console.scenes';
import './console-own.scenes';
import './console-sessions.scenes';
import './console-limits.scenes';
import './console-policies.scenes';
import './console-resources.scenes';
import './terraform.scenes';

const STOP_MS = 60_000;

afterAll(stopSharedProduct, STOP_MS);
