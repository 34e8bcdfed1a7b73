// Prints the bundled page as JSON, for programs that run from the sources.
import { bundlePage } from './bundle-page.js';

process.stdout.write(JSON.stringify(await bundlePage()));
