/** The row of a statement that always returns one. */
export function theRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('A statement that always returns a row has returned none');
  return row;
}
