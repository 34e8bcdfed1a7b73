// Compares the public interface of each entry point with its report in docs/api: `node .ci/api-report.js [--update]`. A change of a report is a
// change for users: it belongs into the changelog.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = join(import.meta.dirname, '..');
const library = join(root, 'libs/larder');
const isUpdate = process.argv.includes('--update');
const temporary = mkdtempSync(join(tmpdir(), 'larder-api-'));
const { exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));

const changed = Object.entries(exports)
  .filter(([, target]) => typeof target === 'object')
  .filter(([entry, target]) => isChanged(entry.replace(/^\.\/?/, '') || 'main', target.import.types))
  .map(([entry]) => join('nest-larder', entry));
rmSync(temporary, { recursive: true });

if (changed.length > 0 && !isUpdate) {
  console.error(
    `The public interface of ${changed.join(', ')} differs from docs/api. Name the change in CHANGELOG.md, then run: npm run api -- --update`,
  );
  process.exitCode = 1;
}

function isChanged(name, types) {
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(library, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: library,
      mainEntryPointFilePath: join(library, types),
      compiler: { overrideTsconfig: { compilerOptions: { skipLibCheck: true, module: 'nodenext', types: ['node'] } } },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(root, 'docs/api'),
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: 'none' } },
        compilerMessageReporting: { default: { logLevel: 'error' } },
      },
    },
  });
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    localBuild: isUpdate,
    showVerboseMessages: false,
    messageCallback: quiet,
  });
  return apiReportChanged || errorCount > 0;
}

function quiet(message) {
  if (message.logLevel !== 'error') message.handled = true;
}
