import { callCentreRules } from './features/call-centre/call-centre.rules.js';
import { marketplaceRules } from './features/marketplace/marketplace.rules.js';
import { releaseRules } from './features/releases/release.rules.js';
import { userRules } from './features/sign-in/users/user.rules.js';

/** What changes in arena's tables invalidate, by any program. */
export const changeFeedRules = [...callCentreRules, ...marketplaceRules, ...releaseRules, ...userRules];
