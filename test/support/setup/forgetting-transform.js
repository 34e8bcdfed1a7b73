import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import swc from '@swc/jest';

/** Compiles arena with its declared targets switchable: see `test/support/forgotten-targets`. */
export default {
  createTransformer(options) {
    const { insertions } = JSON.parse(readFileSync(process.env.LARDER_TEST_TARGETS, 'utf8'));
    const compiler = swc.createTransformer(options);
    const switchable = (source, path, { config }) => inserted(source, insertions[relative(config.rootDir, path)] ?? []);
    return {
      ...compiler,
      process: (source, path, about) => compiler.process(switchable(source, path, about), path, about),
      processAsync: (source, path, about) => compiler.processAsync(switchable(source, path, about), path, about),
      getCacheKey: (source, path, about) =>
        createHash('sha1')
          .update(compiler.getCacheKey(switchable(source, path, about), path, about))
          .digest('hex'),
    };
  },
};

/** @param insertions in the order in which those at one place follow each other */
function inserted(source, insertions) {
  let result = '';
  let done = 0;
  for (const { at, text } of insertions.toSorted((one, other) => one.at - other.at)) {
    result += source.slice(done, at) + text;
    done = at;
  }
  return result + source.slice(done);
}
