import { describe, expect, it } from '@jest/globals';
import { faultOf, type SessionFacts } from './session-facts.js';

const FACTS: SessionFacts = {
  pid: '41',
  server: '5 1790000000.123456',
  standby: 'false',
  scratch: 'false',
  role: 'app app',
  path: '"$user", public',
  policies: 'on',
  nulls: 'off',
  arrays: 'on',
  strings: 'on',
  formats: 'TimeZone UTC',
};

describe('a session', () => {
  it('is usable if it is as the observed database has them', () => {
    expect(faultOf({ ...FACTS, formats: 'TimeZone Asia/Kolkata' }, FACTS, 41)).toBeUndefined();
  });

  it('of a standby is not used, because it may be behind the change log', () => {
    expect(faultOf({ ...FACTS, standby: 'true' }, FACTS, 41)).toBe('the server is a standby');
  });

  it('behind a pooler is not used, because another client may have changed it', () => {
    expect(faultOf(FACTS, FACTS, 7)).toBe('a pooler such as PgBouncer stands between the client and the server');
  });

  it('of another database is not used, nor one from before a restart of the server', () => {
    const restarted = 'the server has started again since it was asked last, or the connection leads to another server';
    expect(faultOf({ ...FACTS, server: '6 1790000000.123456' }, FACTS, 41)).toBe(
      'the connection leads to another database',
    );
    expect(faultOf({ ...FACTS, server: '5 1790000001.5' }, FACTS, 41)).toBe(restarted);
  });
});
