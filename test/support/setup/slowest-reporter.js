import { relative } from 'node:path';
import { slowest } from '../../../.ci/slowest.js';

const SHOWN = 10;

/** Prints the slowest specs at the end, and says how to install what skipped specs need. */
export default class SlowestReporter {
  onRunComplete(_contexts, { testResults }) {
    if (testResults.length >= SHOWN) {
      const lines = slowest(
        testResults.map(({ testFilePath, perfStats: { start, end } }) => ({ name: testFilePath, start, end })),
        SHOWN,
      );
      console.error(`The slowest specs:\n${lines.join('\n')}`);
    }
    const isSkipped = testResults.some(
      ({ testFilePath, numPendingTests }) =>
        numPendingTests > 0 && relative(process.cwd(), testFilePath).startsWith('test/browser'),
    );
    if (isSkipped) {
      console.error(
        'Skipped the tests in a browser: install Chromium (on Debian: apt-get install chromium) so that it is on PATH, or set CHROMIUM to its path.',
      );
    }
  }
}
