/** Options of Node with which it does not resolve a package. */
export function withoutPackage(name: string): string[] {
  const hook = `export const resolve = (specifier, context, next) => {
    if (specifier !== '${name}' && !specifier.startsWith('${name}/')) return next(specifier, context);
    throw Object.assign(new Error("Cannot find package '${name}'"), { code: 'ERR_MODULE_NOT_FOUND' });
  };`;
  const registering = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}');`;
  return ['--import', `data:text/javascript,${encodeURIComponent(registering)}`];
}
