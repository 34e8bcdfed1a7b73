import { callCentreRules } from './features/call-centre/call-centre.rules.js';
import { releaseRules } from './features/releases/release.rules.js';
import { tournamentRules } from './features/tournaments/tournament.rules.js';

/** What is invalid when others than arena write to its tables. */
export const changeFeedRules = [...callCentreRules, ...releaseRules, ...tournamentRules];
