import { callCentreRules } from '../call-centre/call-centre.rules.js';
import { releaseRules } from '../releases/release.rules.js';
import { tournamentRules } from '../tournaments/tournament.rules.js';

/** What is invalid when others than arena write to its tables. */
export const changeFeedRules = [...callCentreRules, ...releaseRules, ...tournamentRules];
