/** What runs SQL: a connection that nobody else uses meanwhile. */
export interface Database {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}
