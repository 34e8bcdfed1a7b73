import type { CatalogFacts } from './facts.js';

/** Settings and casts with which a query means something else than it says (rules 15 and 17). */
export function refusalOf({ settings, elsewhere }: CatalogFacts): string | undefined {
  if (settings.transform_null_equals !== 'off') return 'transform_null_equals is on';
  if (settings.array_nulls !== 'on') return 'array_nulls is off';
  if (settings.standard_conforming_strings !== 'on') return 'standard_conforming_strings is off';
  const [first] = settings.schemas.filter((schema) => !schema.startsWith('pg_temp'));
  if (first !== 'pg_catalog') return 'search_path names a schema before pg_catalog';
  const cast = elsewhere.find(({ kind }) => kind === 'cast');
  return cast && `the database has a cast of its own from ${cast.name}`;
}
