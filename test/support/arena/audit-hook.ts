/** Preloaded into an arena of its own process: compares every hit with a fresh load. Findings are in its log, at the latest when it stops. */
import { auditEverything } from 'nest-larder/testing';

const NO_HOOKS = { afterEach: () => {}, afterAll: () => {} };

auditEverything(NO_HOOKS);
