import { describe, expect, it } from 'vitest';
import { returnedBy } from './returned.js';

describe('an address that a login came back to', () => {
  it('says what went wrong, with which provider, and the trace to pass on', () => {
    const returned = returnedBy('?failed=NOT_ALLOWED&provider=google&trace=0123456789abcdef');
    expect(returned?.provider).toBe('google');
    expect(returned?.problem).toMatchObject({ code: 'NOT_ALLOWED', status: 401, traceId: '0123456789abcdef' });
    expect(returnedBy('?failed=PROVIDER_UNAVAILABLE')?.problem).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', status: 500 });
  });

  it('says nothing without a failure', () => {
    expect(returnedBy('')).toBeUndefined();
    expect(returnedBy('?provider=google')).toBeUndefined();
  });

  it.each(['?failed=Call%20+33%20899%20now', '?failed=__proto__', '?failed=', '?failed=toString'])(
    'never says the words of a stranger: %s',
    (search) => expect(returnedBy(search)?.problem).toMatchObject({ code: 'UNEXPECTED_ANSWER', detail: '', traceId: undefined }),
  );
});
