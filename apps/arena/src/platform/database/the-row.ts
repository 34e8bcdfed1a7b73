/** The row of a statement that always answers one. */
export function theRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('A statement that always answers a row has answered none');
  return row;
}
