// Loaded before each spec of arena with LARDER_TEST_AUDIT=1: every hit is compared with a fresh load.
import { afterAll, afterEach } from '@jest/globals';
import { auditEverything } from '../../../libs/larder/src/testing/audit-everything.js';

auditEverything({ afterEach, afterAll });
