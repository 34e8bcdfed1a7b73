import type { FuncCall } from 'libpg-query';
import { namesOf } from './nodes.js';

// Rule 14: functions of pg_catalog whose result depends on their arguments alone, on settings that a session keeps, or on time.
// The volatility that PostgreSQL declares is no guide: `table_to_xml` is STABLE and reads tables.

const names = (text: string) => text.trim().split(/\s+/);

/** Scalar functions and operators' functions. */
const SCALAR = names(`
  abs ceil ceiling floor round trunc mod sqrt cbrt power pow exp ln log log10 sign div gcd lcm factorial degrees radians pi
  acos asin atan atan2 cos cot sin tan width_bucket scale min_scale trim_scale isfinite
  lower upper initcap length char_length character_length octet_length bit_length substring substr left right lpad rpad ltrim rtrim
  btrim trim replace translate repeat reverse position strpos overlay concat concat_ws format split_part starts_with ascii chr md5
  sha224 sha256 sha384 sha512 encode decode quote_ident quote_literal quote_nullable to_hex regexp_replace regexp_match regexp_like
  regexp_count regexp_instr regexp_substr regexp_split_to_array string_to_array array_to_string similar_to_escape like_escape
  casefold normalize is_normalized unistr
  array_length array_upper array_lower array_ndims array_dims array_append array_prepend array_cat array_position array_positions
  array_remove array_replace array_fill cardinality trim_array array_reverse array_sort
  date_part extract date_trunc date_bin make_date make_time make_timestamp make_interval to_timestamp to_date timezone
  justify_days justify_hours justify_interval overlaps to_char to_number
  json_build_object json_build_array jsonb_build_object jsonb_build_array to_json to_jsonb row_to_json array_to_json
  json_array_length jsonb_array_length json_extract_path json_extract_path_text jsonb_extract_path jsonb_extract_path_text
  json_typeof jsonb_typeof json_strip_nulls jsonb_strip_nulls jsonb_set jsonb_insert jsonb_pretty json_object jsonb_object
  jsonb_path_exists jsonb_path_match jsonb_path_query_array jsonb_path_query_first
  num_nulls num_nonnulls int4range int8range numrange daterange tsrange tstzrange isempty lower_inc upper_inc lower_inf upper_inf
  range_merge to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight
  numnode strip point box circle lseg path polygon area center diameter
  get_bit get_byte bit_count host masklen network broadcast family netmask abbrev uuid_extract_timestamp uuid_extract_version
  int2 int4 int8 float4 float8 numeric text varchar bpchar bool date`);

const AGGREGATES = names(`
  count sum avg min max array_agg string_agg bool_and bool_or every bit_and bit_or bit_xor any_value
  json_agg jsonb_agg json_object_agg jsonb_object_agg json_agg_strict jsonb_agg_strict range_agg range_intersect_agg
  stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_avgx regr_avgy regr_count
  regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy mode percentile_cont percentile_disc
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value`);

const TIME = names('now transaction_timestamp statement_timestamp clock_timestamp timeofday age');

/** Functions that give rows, with the names of their columns; none if the column is named like the function. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  unnest: [],
  generate_series: [],
  generate_subscripts: [],
  string_to_table: [],
  regexp_split_to_table: [],
  regexp_matches: [],
  json_array_elements: ['value'],
  json_array_elements_text: ['value'],
  jsonb_array_elements: ['value'],
  jsonb_array_elements_text: ['value'],
  json_object_keys: [],
  jsonb_object_keys: [],
  jsonb_path_query: [],
  json_each: ['key', 'value'],
  json_each_text: ['key', 'value'],
  jsonb_each: ['key', 'value'],
  jsonb_each_text: ['key', 'value'],
};

const HARMLESS: ReadonlySet<string> = new Set([...SCALAR, ...AGGREGATES, ...Object.keys(SETS)]);
const AGGREGATE: ReadonlySet<string | undefined> = new Set(AGGREGATES);
const TIMELY: ReadonlySet<string> = new Set(TIME);

/** Whether a function of pg_catalog may be called: its result depends on its arguments, or on time too. */
export function knownFunction(name: string): 'harmless' | 'time' | undefined {
  if (HARMLESS.has(name)) return 'harmless';
  return TIMELY.has(name) ? 'time' : undefined;
}

/** Whether a call may make one row of many, or of none. */
export function isAggregate(call: FuncCall): boolean {
  return AGGREGATE.has(namesOf(call.funcname).at(-1));
}

/** The columns of a function in FROM that is on the list. */
export function columnsOfSet(name: string): readonly string[] | undefined {
  return SETS[name];
}

/** Types whose values name objects of the catalogue, so that a cast reads it. */
export function readsCatalogue(type: string): boolean {
  return /^reg/.test(type);
}
