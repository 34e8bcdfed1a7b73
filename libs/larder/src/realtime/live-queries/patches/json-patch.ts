/** An operation of a JSON Patch (RFC 6902). The others of the RFC (`move`, `copy`, `test`) are not used. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

type Members = Readonly<Record<string, unknown>>;

/** The most cells of a table that aligns two lists: it bounds the time that a long list can take. */
const MAX_CELLS = 250_000;

/**
 * The operations that turn one value into another. Items of lists are the same item if they have the same `id`, or are equal.
 *
 * @param from and `to`: as `JSON.parse` returns them
 */
export function patchBetween(from: unknown, to: unknown): readonly PatchOperation[] {
  const patch: PatchOperation[] = [];
  compare(from, to, '', patch);
  return patch;
}

function compare(from: unknown, to: unknown, path: string, patch: PatchOperation[]): void {
  if (from === to) return;
  if (Array.isArray(from) && Array.isArray(to)) compareLists(from, to, path, patch);
  else if (isMembers(from) && isMembers(to)) compareMembers(from, to, path, patch);
  else patch.push({ op: 'replace', path, value: to });
}

function compareMembers(from: Members, to: Members, path: string, patch: PatchOperation[]): void {
  for (const name of Object.keys(from)) {
    if (!Object.hasOwn(to, name)) patch.push({ op: 'remove', path: below(path, name) });
  }
  for (const [name, value] of Object.entries(to)) {
    if (Object.hasOwn(from, name)) compare(from[name], value, below(path, name), patch);
    else patch.push({ op: 'add', path: below(path, name), value });
  }
}

function compareLists(from: readonly unknown[], to: readonly unknown[], path: string, patch: PatchOperation[]): void {
  let [left, right, index] = [0, 0, 0];
  for (const [keptLeft, keptRight] of [...alignment(from, to), [from.length, to.length] as const]) {
    // Items in one place, before the next item that both lists have.
    while (left < keptLeft && right < keptRight) compare(from[left++], to[right++], `${path}/${index++}`, patch);
    for (; left < keptLeft; left++) patch.push({ op: 'remove', path: `${path}/${index}` });
    while (right < keptRight) patch.push({ op: 'add', path: `${path}/${index++}`, value: to[right++] });
    if (left < from.length && right < to.length) compare(from[left++], to[right++], `${path}/${index++}`, patch);
  }
}

/** The places of the items that both lists have, in order: a longest common subsequence, unless the lists are too long. */
function alignment(from: readonly unknown[], to: readonly unknown[]): [number, number][] {
  const [left, right] = [from.map(identityOf), to.map(identityOf)];
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start++;
  let end = 0;
  while (end < shorter - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  const middle = commonOf(left.slice(start, left.length - end), right.slice(start, right.length - end));
  return [
    ...Array.from({ length: start }, (_, at): [number, number] => [at, at]),
    ...middle.map(([one, other]): [number, number] => [start + one, start + other]),
    ...Array.from({ length: end }, (_, at): [number, number] => [left.length - end + at, right.length - end + at]),
  ];
}

function commonOf(left: readonly string[], right: readonly string[]): [number, number][] {
  const width = right.length + 1;
  if ((left.length + 1) * width > MAX_CELLS) return [];
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (one: number, other: number) => lengths[one * width + other] as number;
  for (let one = left.length - 1; one >= 0; one--) {
    for (let other = right.length - 1; other >= 0; other--) {
      const isSame = left[one] === right[other];
      const length = isSame ? at(one + 1, other + 1) + 1 : Math.max(at(one + 1, other), at(one, other + 1));
      lengths[one * width + other] = length;
    }
  }
  const common: [number, number][] = [];
  for (let one = 0, other = 0; one < left.length && other < right.length; ) {
    if (left[one] === right[other]) common.push([one++, other++]);
    else if (at(one + 1, other) >= at(one, other + 1)) one++;
    else other++;
  }
  return common;
}

function identityOf(item: unknown): string {
  const id = isMembers(item) && Object.hasOwn(item, 'id') ? item.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? `id ${JSON.stringify(id)}` : JSON.stringify(item);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
